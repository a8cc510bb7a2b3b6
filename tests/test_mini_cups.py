"""The ball under five cups: the task, the models' answers, and what the chapter says about them."""

import sys
from pathlib import Path

import numpy as np
import pytest

from emergence.miniatures import Config, MiniatureError, Transformer, cups

sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))
RNG = np.random.default_rng(0)


def test_the_ball_is_followed_as_with_real_cups():
    """Against a list of cups that are moved about, the ball marked by hand."""
    start, moves, _ = cups.draw(RNG, 50)
    for s, row, places in zip(start, moves, cups.follow(start, moves)):
        table = ["empty"] * cups.CUPS
        table[s] = "ball"
        for move, place in zip(row, places):
            a, b = cups.PAIRS[move]
            table[a], table[b] = table[b], table[a]
            assert table.index("ball") == place


def test_a_prompt_holds_the_start_the_swaps_and_padding():
    (tokens,) = cups.question(2, [(0, 1), (4, 3)])
    assert tokens.tolist() == [2, 5 + cups.PAIRS.index((0, 1)), 5 + cups.PAIRS.index((3, 4)), *[cups.PAD] * 10, cups.EQUALS]


@pytest.mark.parametrize("ask, says", [
    (lambda: cups.question(5, [(0, 1)]), "no cup 5; allowed: 0 to 4"), (lambda: cups.question(0, []), "0 swaps; allowed: 1 to 12"),
    (lambda: cups.question(0, [(1, 1)]), r"swap \(1, 1\) is unknown"), (lambda: cups.draw(RNG, 3, 13), "13 swaps; allowed"),
    (lambda: cups.config("guessed", 1, 8), "allowed: direct, written"), (lambda: cups.write(None, None, 3, -1.0), "temperature -1.0"),
    (lambda: cups.write(None, None, 3, float("nan"), RNG), "temperature nan"), (lambda: cups.write(None, None, 3, 1.0), "random generator"),
    (lambda: cups.write(None, None, 0), "0 steps")])
def test_what_cannot_be_played_is_refused(ask, says):
    with pytest.raises(MiniatureError, match=says):
        ask()


class Perfect(Transformer):
    """Writes the right cup after every swap, with a logit of `sure` above the other cups."""

    def __init__(self, sure):
        self.config, self.sure = Config(1, 30, 4, 1, 1, 17), sure

    def __call__(self, tokens, hook=None, last=False):
        step = tokens.shape[1] - cups.PROMPT
        before = tokens[:, -1] if step else tokens[:, 0]
        logits = np.full((len(tokens), 17), -np.inf)
        logits[:, :5] = 0
        logits[np.arange(len(tokens)), cups.MOVED[tokens[:, 1 + step] - cups.CUPS, before]] = self.sure
        return logits


def test_temperature_makes_errors_as_often_as_it_says():
    """A model whose step is right with a known probability: its chains follow p to the power k, its steps p."""
    start, moves, count = cups.draw(RNG, 4000, 12)
    truth, tokens = cups.follow(start, moves), cups.prompt(start, moves, count)
    assert (cups.write(Perfect(3.0), tokens, 12) == truth).all()
    for temperature in (1.0, 2.0):
        p = np.exp(3 / temperature) / (np.exp(3 / temperature) + 4)
        chains = cups.write(Perfect(3.0), tokens, 12, temperature, RNG)
        right, judged = cups.step_right(start, moves, chains)
        assert judged == 48_000 and abs(right / judged - p) < 5 * np.sqrt(p * (1 - p) / judged)
        share = cups.all_right(chains, truth)
        assert np.abs(share - p ** np.arange(1, 13)).max() < 0.04


def test_a_step_after_no_cup_is_not_judged():
    start, moves = np.array([0]), np.array([[0] * 12])  # swap (0, 1) again and again
    chains = np.array([[1, cups.PAD, 0, 0]])
    assert cups.step_right(start, moves, chains) == (1, 3)  # right; no cup is wrong; not judged; 0 → 1 was right, 0 is wrong


def test_votes_against_counting_by_hand():
    answers = np.array([[1, 1, 2], [0, 1, 2], [3, 3, 3], [2, 2, 4]])
    assert cups.vote(answers, np.array([1, 2, 0, 2])) == pytest.approx((1 + 1 / 3 + 0 + 1) / 4)
