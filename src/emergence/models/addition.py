"""Addition of three-digit numbers, written digit by digit from the ones up: the task, and reading answers off a model.

A sum is twelve tokens, ``a a a + b b b = s s s s``, every number with its ones first, so that a carry only ever has to be
passed to the next digit. The model writes the last four.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .transformer import Config, MiniatureError, Transformer

DIGITS = 3
LARGEST = 10**DIGITS - 1
ANSWER = DIGITS + 1
"""Digits of the answer: the last one is the carry, 0 or 1."""
PROMPT = 2 * DIGITS + 2
PLUS, EQUALS = 10, 11
N_TEST = 2000


def config(width: int) -> Config:
    """The models of this experiment: two layers, two heads; the last digit is written, never read."""
    return Config(inputs=12, length=PROMPT + ANSWER - 1, width=width, layers=2, heads=2, out=10)


def digits(number: np.ndarray, count: int) -> np.ndarray:
    """The `count` lowest decimal digits of every number, ones first: (n,) → (n, count)."""
    return np.asarray(number)[:, None] // 10 ** np.arange(count) % 10


def encode(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prompts (n, 8) and answers (n, 4) as tokens. Raises MiniatureError for anything but whole numbers from 0 to 999."""
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    for number in [*a, *b]:
        if not (isinstance(number, (int, np.integer)) and 0 <= number <= LARGEST):
            raise MiniatureError(
                f"{number!s} cannot be added here; allowed: whole numbers from 0 to {LARGEST}"
            )
    sign = np.full((len(a), 1), PLUS)
    return np.hstack([digits(a, DIGITS), sign, digits(b, DIGITS), sign + 1]), digits(a + b, ANSWER)


def write(model: Transformer, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The digits (n, 4), ones first, that the model writes for a + b, each the likeliest after those before it."""
    tokens, _ = encode(a, b)
    for _ in range(ANSWER):
        tokens = np.hstack([tokens, model(tokens, last=True).argmax(-1)[:, None]])
    return tokens[:, PROMPT:]


@dataclass(frozen=True)
class Scores:
    """Means over sums. Cross-entropy is in nats per digit, given the right digits before it; the other two look at the written answer."""

    cross_entropy: float
    per_digit: float
    exact_match: float


def scores(model: Transformer, a: np.ndarray, b: np.ndarray) -> Scores:
    prompt, answer = encode(a, b)
    right = write(model, a, b) == answer
    logits = model(np.hstack([prompt, answer[:, :-1]]))[:, PROMPT - 1 :].astype(float)
    logits -= logits.max(-1, keepdims=True)
    nats = (
        np.log(np.exp(logits).sum(-1)) - np.take_along_axis(logits, answer[..., None], -1)[..., 0]
    )
    return Scores(float(nats.mean()), float(right.mean()), float(right.all(1).mean()))


def test_sums() -> tuple[np.ndarray, np.ndarray]:
    """The 2,000 sums that no model is trained on, always the same."""
    chosen = np.random.default_rng(2022).choice((LARGEST + 1) ** 2, N_TEST, replace=False)
    return chosen // (LARGEST + 1), chosen % (LARGEST + 1)


def training_sums(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` random sums that are not test sums, as two arrays of numbers."""
    held_out = _held_out()
    drawn = rng.integers(0, (LARGEST + 1) ** 2, n)
    while (again := held_out[drawn]).any():
        drawn[again] = rng.integers(0, (LARGEST + 1) ** 2, again.sum())
    return drawn // (LARGEST + 1), drawn % (LARGEST + 1)


@cache
def _held_out() -> np.ndarray:
    """For every pair of numbers whether it is a test sum."""
    a, b = test_sums()
    table = np.zeros((LARGEST + 1) ** 2, bool)
    table[a * (LARGEST + 1) + b] = True
    return table
