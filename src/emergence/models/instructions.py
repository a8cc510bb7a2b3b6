"""Instructions in two words on strings of six letters: first rearrange, then replace every letter.

64 tasks = 8 rearrangements × 8 replacements of letters. A model reads the two words, the string and ``=``, and writes the
six letters of the result. It is trained on some of the tasks; the question is what it does on instructions whose words it
knows but whose combination it never met.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from .transformer import Config, MiniatureError, Transformer

LETTERS, LENGTH = "abcdefghij", 6
_letter = np.arange(len(LETTERS))

ORDERS: dict[str, np.ndarray] = {
    "keep": np.arange(6),
    "reverse": np.arange(6)[::-1],
    "left_1": np.roll(np.arange(6), -1),
    "left_2": np.roll(np.arange(6), -2),
    "right_1": np.roll(np.arange(6), 1),
    "swap_pairs": np.array([1, 0, 3, 2, 5, 4]),
    "swap_halves": np.array([3, 4, 5, 0, 1, 2]),
    "swap_ends": np.array([5, 1, 2, 3, 4, 0]),
}
"""Rearrangements: result[i] = string[order[i]]."""

MAPS: dict[str, np.ndarray] = {
    "same": _letter,
    "plus_1": (_letter + 1) % 10,
    "plus_3": (_letter + 3) % 10,
    "plus_5": (_letter + 5) % 10,
    "mirror": 9 - _letter,
    "times_3": 3 * _letter % 10,
    "times_7": 7 * _letter % 10,
    "neighbor": _letter ^ 1,
}
"""Replacements: letter c becomes map[c], with a = 0 to j = 9; each is a permutation of the ten letters."""

Task = tuple[str, str]
TASKS: tuple[Task, ...] = tuple(itertools.product(ORDERS, MAPS))
SINGLE: tuple[Task, ...] = tuple(t for t in TASKS if t[0] == "keep" or t[1] == "same")
"""The 15 tasks in which at most one word does something; every model is trained on them."""
HELD_OUT = 16

_WORDS = {word: len(LETTERS) + i for i, word in enumerate([*ORDERS, *MAPS])}
EQUALS = len(LETTERS) + len(_WORDS)
PROMPT = LENGTH + 3
_ORDER, _MAP = np.stack(list(ORDERS.values())), np.stack(list(MAPS.values()))


def config(width: int, layers: int = 3) -> Config:
    return Config(
        inputs=EQUALS + 1,
        length=PROMPT + LENGTH,
        width=width,
        layers=layers,
        heads=4,
        out=EQUALS + 1,
    )


def split(seed: int) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
    """(held out, pool): 16 combinations never trained, and the other 33 in the order in which they join the training."""
    combined = [t for t in TASKS if t not in SINGLE]
    order = np.random.default_rng([seed, 5]).permutation(len(combined))
    shuffled = tuple(combined[i] for i in order)
    return shuffled[:HELD_OUT], shuffled[HELD_OUT:]


def trained(tasks: int, seed: int) -> tuple[Task, ...]:
    """The first `tasks` training tasks of `seed`: the 15 single ones, then combinations; more only adds to fewer."""
    most = len(TASKS) - HELD_OUT
    if not len(SINGLE) <= tasks <= most:
        raise MiniatureError(f"{tasks} training tasks; allowed: {len(SINGLE)} to {most}")
    return SINGLE + split(seed)[1][: tasks - len(SINGLE)]


def encode(text: str) -> np.ndarray:
    """A string as letter numbers (6,); refuses other lengths and other letters."""
    if len(text) != LENGTH or not set(text) <= set(LETTERS):
        raise MiniatureError(
            f"{text!r} cannot be read; allowed: {LENGTH} letters from {LETTERS[0]} to {LETTERS[-1]}"
        )
    return np.array([LETTERS.index(c) for c in text])


def decode(tokens: Sequence[int]) -> str:
    """Letters of an answer; a token that is no letter becomes ``?``."""
    return "".join(LETTERS[t] if t < len(LETTERS) else "?" for t in tokens)


def _numbers(tasks: Sequence[Task]) -> np.ndarray:
    for order, replacement in tasks:
        if order not in ORDERS or replacement not in MAPS:
            raise MiniatureError(
                f"instruction {order!r}, {replacement!r} is unknown; allowed: one of {', '.join(ORDERS)}, and one of {', '.join(MAPS)}"
            )
    return np.array([(list(ORDERS).index(o), list(MAPS).index(r)) for o, r in tasks])


def carry_out(tasks: Sequence[Task], strings: np.ndarray) -> np.ndarray:
    """The right results (N, 6) of one instruction per string (N, 6)."""
    return _carry_out(_numbers(tasks), strings)


def _carry_out(numbers: np.ndarray, strings: np.ndarray) -> np.ndarray:
    moved = np.take_along_axis(strings, _ORDER[numbers[:, 0]], 1)
    return _MAP[numbers[:, 1][:, None], moved]


def prompt(tasks: Sequence[Task], strings: np.ndarray) -> np.ndarray:
    """The tokens (N, 9) a model reads."""
    return _prompt(_numbers(tasks), strings)


def _prompt(numbers: np.ndarray, strings: np.ndarray) -> np.ndarray:
    words = len(LETTERS) + numbers + [0, len(ORDERS)]
    return np.concatenate([words, strings, np.full((len(strings), 1), EQUALS)], 1)


def draw(rng: np.random.Generator, tasks: Sequence[Task], n: int) -> tuple[np.ndarray, np.ndarray]:
    """n random examples of random tasks: prompts (n, 9) and results (n, 6)."""
    numbers, strings = (
        _numbers(tasks)[rng.integers(0, len(tasks), n)],
        rng.integers(0, len(LETTERS), (n, LENGTH)),
    )
    return _prompt(numbers, strings), _carry_out(numbers, strings)


def answer(model: Transformer, prompts: np.ndarray) -> np.ndarray:
    """What a model writes, letter by letter, (N, 6)."""
    tokens = prompts
    for _ in range(LENGTH):
        tokens = np.concatenate([tokens, model(tokens, last=True).argmax(-1)[:, None]], 1)
    return tokens[:, PROMPT:]
