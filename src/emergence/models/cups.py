"""The ball under five cups: a question, its answer, and models that answer at once or write every step.

A question is a cup where the ball starts and up to 12 swaps, each of two cups. A model reads the start, the swaps (padded to
12) and ``=``. The *direct* models then name the last cup; the *writing* models name the cup after every swap, one token each,
reading what they wrote. Arrays: Q questions, K = 12 swaps, N chains.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from .transformer import Config, MiniatureError, Transformer, softmax

CUPS, SWAPS = 5, 12
PAIRS = tuple(itertools.combinations(range(CUPS), 2))
"""The ten swaps; token CUPS + i stands for PAIRS[i], tokens 0 to 4 for the cups."""
PAD = CUPS + len(PAIRS)
EQUALS = PAD + 1
PROMPT = SWAPS + 2


def _moved() -> np.ndarray:
    table = np.tile(np.arange(CUPS), (len(PAIRS), 1))
    for row, (a, b) in zip(table, PAIRS, strict=True):
        row[a], row[b] = b, a
    return table


MOVED = _moved()
"""MOVED[swap, cup]: where a ball under `cup` is after `swap`."""


def config(mode: str, layers: int, width: int) -> Config:
    """Shape of a model that answers ``direct`` or ``written``."""
    if mode not in ("direct", "written"):
        raise MiniatureError(f"mode {mode!r} is unknown; allowed: direct, written")
    return Config(
        inputs=EQUALS + 1,
        length=PROMPT + (SWAPS if mode == "written" else 0),
        width=width,
        layers=layers,
        heads=4,
        out=EQUALS + 1,
    )


def draw(
    rng: np.random.Generator, n: int, swaps: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n random questions: start (n,), swaps (n, K) and how many of them count (n,), uniform from 1 to K unless given."""
    if swaps is not None and not 1 <= swaps <= SWAPS:
        raise MiniatureError(f"{swaps} swaps; allowed: 1 to {SWAPS}")
    start, moves = rng.integers(0, CUPS, n), rng.integers(0, len(PAIRS), (n, SWAPS))
    return start, moves, rng.integers(1, SWAPS + 1, n) if swaps is None else np.full(n, swaps)


def follow(start: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """The cup of the ball after every swap, (Q, K)."""
    cups, at = [], np.asarray(start)
    for move in np.asarray(moves).T:
        at = MOVED[move, at]
        cups.append(at)
    return np.stack(cups, 1)


def prompt(start: np.ndarray, moves: np.ndarray, count: np.ndarray) -> np.ndarray:
    """The tokens a model reads, (Q, K + 2): start, swaps, padding, ``=``."""
    start, moves = np.asarray(start), np.asarray(moves)
    live = np.arange(SWAPS) < np.asarray(count)[:, None]
    return np.concatenate(
        [start[:, None], np.where(live, CUPS + moves, PAD), np.full((len(start), 1), EQUALS)], 1
    )


def question(start: int, swaps: list[tuple[int, int]]) -> np.ndarray:
    """The prompt (1, K + 2) of one question in cups numbered from 0; refuses cups and swaps that do not exist."""
    if not 0 <= start < CUPS:
        raise MiniatureError(f"there is no cup {start}; allowed: 0 to {CUPS - 1}")
    if not 1 <= len(swaps) <= SWAPS:
        raise MiniatureError(f"{len(swaps)} swaps; allowed: 1 to {SWAPS}")
    for pair in swaps:
        if tuple(sorted(pair)) not in PAIRS:
            raise MiniatureError(
                f"swap {pair} is unknown; allowed: two different cups from 0 to {CUPS - 1}"
            )
    moves = [PAIRS.index(tuple(sorted(pair))) for pair in swaps]
    return prompt(
        np.array([start]), np.array([moves + [0] * (SWAPS - len(moves))]), np.array([len(moves)])
    )


def answer(model: Transformer, tokens: np.ndarray) -> np.ndarray:
    """What a direct model answers, (Q,)."""
    return model(tokens, last=True).argmax(-1)


def write(
    model: Transformer,
    tokens: np.ndarray,
    steps: int,
    temperature: float = 0.0,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """The chains (Q, steps) a writing model appends to prompts (Q, K + 2).

    Temperature 0 takes the likeliest token; above it tokens are drawn from softmax(logits / temperature).
    """
    if not (math.isfinite(temperature) and temperature >= 0) or (temperature > 0 and rng is None):
        raise MiniatureError(
            f"temperature {temperature} cannot be sampled at; allowed: 0 (the likeliest token) or above, with a random generator"
        )
    if not 1 <= steps <= SWAPS:
        raise MiniatureError(f"{steps} steps; allowed: 1 to {SWAPS}")
    for _ in range(steps):
        logits = model(tokens, last=True)
        if rng is not None and temperature:
            chosen = (
                softmax(logits / temperature).cumsum(-1) > rng.random((len(tokens), 1))
            ).argmax(-1)
        else:
            chosen = logits.argmax(-1)
        tokens = np.concatenate([tokens, chosen[:, None]], 1)
    return tokens[:, PROMPT:]


def step_right(start: np.ndarray, moves: np.ndarray, chains: np.ndarray) -> tuple[int, int]:
    """How many steps follow from the step before, whether or not that was right, and how many were judged.

    A step after a token that is no cup cannot be judged.
    """
    before = np.concatenate([np.asarray(start)[:, None], chains[:, :-1]], 1)
    judged = before < CUPS
    right = judged & (chains == MOVED[moves[:, : chains.shape[1]], np.minimum(before, CUPS - 1)])
    return int(right.sum()), int(judged.sum())


def all_right(chains: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Share of chains whose first k steps are all right, for k = 1, 2, …"""
    return np.logical_and.accumulate(chains == truth, 1).mean(0)


def vote(answers: np.ndarray, truth: np.ndarray) -> float:
    """Share of questions whose most frequent answer is right: answers (Q, N), truth (Q,). A tie counts as one share among the tied."""
    counts = (answers[:, :, None] == np.arange(EQUALS + 1)).sum(1)
    winners = counts == counts.max(1, keepdims=True)
    return float((winners[np.arange(len(truth)), truth] / winners.sum(1)).mean())
