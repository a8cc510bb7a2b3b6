"""The ball under five cups: the task, the models' answers, and what the chapter says about them."""

from itertools import pairwise

import cups as experiment  # noqa: E402
import gpt
import numpy as np
import pytest
import torch

from emergence import data
from emergence.models import Config, MiniatureError, Transformer, cups, load

RNG = np.random.default_rng(0)


def test_the_ball_is_followed_as_with_real_cups():
    """Against a list of cups that are moved about, the ball marked by hand."""
    start, moves, _ = cups.draw(RNG, 50)
    for s, row, places in zip(start, moves, cups.follow(start, moves), strict=True):
        table = ["empty"] * cups.CUPS
        table[s] = "ball"
        for move, place in zip(row, places, strict=True):
            a, b = cups.PAIRS[move]
            table[a], table[b] = table[b], table[a]
            assert table.index("ball") == place


def test_a_prompt_holds_the_start_the_swaps_and_padding():
    (tokens,) = cups.question(2, [(0, 1), (4, 3)])
    assert tokens.tolist() == [
        2,
        5 + cups.PAIRS.index((0, 1)),
        5 + cups.PAIRS.index((3, 4)),
        *[cups.PAD] * 10,
        cups.EQUALS,
    ]


@pytest.mark.parametrize(
    "ask, says",
    [
        (lambda: cups.question(5, [(0, 1)]), "no cup 5; allowed: 0 to 4"),
        (lambda: cups.question(0, []), "0 swaps; allowed: 1 to 12"),
        (lambda: cups.question(0, [(1, 1)]), r"swap \(1, 1\) is unknown"),
        (lambda: cups.draw(RNG, 3, 13), "13 swaps; allowed"),
        (lambda: cups.config("guessed", 1, 8), "allowed: direct, written"),
        (lambda: cups.write(None, None, 3, -1.0), "temperature -1.0"),
        (lambda: cups.write(None, None, 3, float("nan"), RNG), "temperature nan"),
        (lambda: cups.write(None, None, 3, 1.0), "random generator"),
        (lambda: cups.write(None, None, 0), "0 steps"),
    ],
)
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
        logits[np.arange(len(tokens)), cups.MOVED[tokens[:, 1 + step] - cups.CUPS, before]] = (
            self.sure
        )
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
    assert cups.step_right(start, moves, chains) == (
        1,
        3,
    )  # right; no cup is wrong; not judged; 0 → 1 was right, 0 is wrong


def test_votes_against_counting_by_hand():
    answers = np.array([[1, 1, 2], [0, 1, 2], [3, 3, 3], [2, 2, 4]])
    assert cups.vote(answers, np.array([1, 2, 0, 2])) == pytest.approx((1 + 1 / 3 + 0 + 1) / 4)


# --- the record ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def accuracy():
    return data.curves("cups", "accuracy")


def test_writing_models_answer_every_length(accuracy):
    written = accuracy[accuracy["mode"] == "written"]
    assert written.groupby(["layers", "width"])["seed"].nunique().tolist() == [3, 3]
    assert written["accuracy"].min() >= 0.99 and set(written["swaps"]) == set(range(1, 13))
    assert written["params"].min() == 4416


def test_direct_models_fail_at_this_budget_and_longer_training_helps(accuracy):
    direct = (
        accuracy[accuracy["mode"] == "direct"]
        .set_index(["layers", "steps", "seed", "swaps"])["accuracy"]
        .sort_index()
    )
    for layers in (1, 2, 3, 4):
        for seed in (0, 1, 2):
            assert direct[layers, 2000, seed, 8] <= 0.5 and direct[layers, 2000, seed, 12] <= 0.3
    means = [direct[layers, 2000].groupby("swaps").mean()[5] for layers in (1, 2, 3, 4)]
    assert all(a < b for a, b in pairwise(means)), "each layer helps"
    assert direct[3, 7000, 0, 8] > direct[3, 2000, 0, 8] + 0.2
    assert direct[3, 7000, 0, 8] > max(direct[4, 2000, s, 8] for s in (0, 1, 2)), (
        "longer training buys more than a layer"
    )


def test_errors_multiply(accuracy):
    rows = data.curves("cups", "temperature")
    assert np.abs(rows["all_right"] - rows["step_right"] ** rows["swaps"]).max() < 0.06
    assert (
        rows.groupby(["width", "swaps"])["all_right"]
        .apply(lambda v: v.is_monotonic_decreasing)
        .all()
    )


def test_votes_help_and_multiply_a_lead():
    votes = data.curves("cups", "votes").set_index(["width", "temperature", "swaps", "chains"])[
        "accuracy"
    ]
    assert votes[64, 3, 8, 1] < 0.5 < 0.9 < votes[64, 3, 8, 40]
    assert votes[64, 3, 12, 1] < 0.35 and votes[64, 3, 12, 40] > 0.55


def test_stored_models_are_those_of_the_record(accuracy):
    start, moves, count = cups.draw(np.random.default_rng([8, 2]), 300, 8)
    tokens, truth = cups.prompt(start, moves, count), cups.follow(start, moves)[:, 7]
    for name in ("written_d12", "written_d64"):
        assert (cups.write(load("cups", name), tokens, 8)[:, -1] == truth).mean() >= 0.99
    said = (cups.answer(load("cups", "direct_d64"), tokens) == truth).mean()
    assert (
        abs(
            said
            - accuracy.query("mode == 'direct' and layers == 4 and seed == 0 and swaps == 8")[
                "accuracy"
            ].item()
        )
        < 0.1
    )


def test_numpy_writes_what_torch_writes():
    _, weights = data.weights("cups", "written_d12")
    model = gpt.GPT(load("cups", "written_d12").config, [0])
    with torch.no_grad():
        for key, value in model.weights.items():
            value.copy_(torch.from_numpy(weights[gpt.name(key)])[None])
    tokens = cups.prompt(*cups.draw(RNG, 20))
    assert (
        np.abs(
            model(torch.from_numpy(tokens)[None])[0].detach().numpy()
            - load("cups", "written_d12")(tokens)
        ).max()
        < 1e-4
    )


def test_retraining_in_seconds_learns_the_first_steps():
    """A tiny budget: the writer already knows one swap much better than guessing, the direct model of the same size does not at four."""
    settings = dict(layers=1, width=16, steps=400, lr=1e-2, seeds=[5], batch=64)
    written, direct = (
        experiment.job(settings | {"mode": mode}).tables["accuracy"].set_index("swaps")["accuracy"]
        for mode in ("written", "direct")
    )
    assert written[1] > 0.9 and written[4] > direct[4] + 0.2


# --- the page -------------------------------------------------------------------------------------------------------------
HOST = "document.getElementById('fig-cups-live')"


@pytest.fixture
def part(new_page, server):
    page = new_page(reduced_motion="reduce")
    page.goto(f"{server}/book/chain-of-thought.html#fig-cups-live")
    page.wait_for_selector("#fig-cups-live.em-drawn")
    return page


@pytest.mark.parametrize("name", ["written-d12", "direct-d64"])
def test_the_page_computes_as_numpy(part, name):
    (tokens,) = cups.question(3, [(0, 3), (1, 4), (2, 3), (0, 4)])
    said = part.evaluate(
        f"([name, tokens]) => emergence.live.open({HOST}).then(async part => [...(await part.load(name)).run(tokens, {{ last: true }})])",
        [name, tokens.tolist()],
    )
    assert (
        np.abs(
            np.array(said) - load("cups", name.replace("-", "_"))(tokens[None], last=True)[0]
        ).max()
        < 1e-4
    )


def test_a_game_is_played_by_keyboard(part):
    figure, status = (
        part.locator("#fig-cups-live"),
        part.locator("#fig-cups-live .em-frame > .em-status"),
    )
    swaps = figure.get_by_label("Swaps (two letters each)")
    swaps.fill("AC ca BX")
    part.keyboard.press("Enter")
    assert "BX is no swap" in status.inner_text()
    swaps.fill("ab BC dc")
    part.keyboard.press("Enter")
    part.wait_for_function(
        f"() => {HOST}.querySelector('.em-frame > .em-status').textContent.includes('3 swaps')"
    )
    figure.get_by_label("Ball starts under").select_option(label="A")
    figure.get_by_role("button", name="Your answer: cup B").focus()
    part.keyboard.press("Enter")
    assert status.inner_text() == "You said B; the ball is under D."
    figure.get_by_role("button", name="Write the chain").focus()
    part.keyboard.press("Enter")
    part.wait_for_function(
        f"() => {HOST}.querySelector('.em-frame > .em-status').textContent.startsWith('Ball under D')"
    )
    steps = figure.locator(".em-steps li").all_inner_texts()
    assert [s.split(" — ")[0] for s in steps] == [
        "AB: ball under B",
        "BC: ball under C",
        "CD: ball under D",
    ] and all("✓" in s for s in steps)
    assert "Chains: 1/1 end there" in status.inner_text()
    assert part.errors == [] and part.outside == []


def test_heat_makes_errors_and_a_vote_counts_chains(part):
    figure = part.locator("#fig-cups-live")
    figure.locator("input[type=range]").nth(1).fill("4")
    figure.locator("input[type=range]").nth(2).fill("4")
    figure.get_by_role("button", name="Write the chain").click()
    part.wait_for_function(
        f"() => /\\d+\\/20/.test({HOST}.querySelector('.em-frame > .em-status').textContent)"
    )
