"""The seeded generator that Python and the page share, so that both start from the same weights and the same split."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Draw = Callable[[int], np.ndarray]


def generator(seed: int) -> Draw:
    """Mulberry32 (T. Ettinger, public domain), as `nn.generator` in nn.js: each call gives the next n numbers in [0, 1).

    The state only counts up by a constant, so any number of draws is one vector operation.
    """
    drawn = 0

    def draw(n: int) -> np.ndarray:
        nonlocal drawn
        count = np.arange(drawn + 1, drawn + n + 1, dtype=np.uint64)
        drawn += n
        state = (seed % 2**32 + count * 0x6D2B79F5).astype(np.uint32)
        t = (state ^ state >> 15) * (state | 1)
        t = (t + (t ^ t >> 7) * (t | 61)) ^ t
        return (t ^ t >> 14) / 2.0**32

    return draw


def normal(draw: Draw, *shape: int) -> np.ndarray:
    """Standard normal numbers by the cosine half of Box and Muller (1958): two uniform numbers for each."""
    pairs = draw(2 * math.prod(shape)).reshape(-1, 2)
    return (np.sqrt(-2 * np.log1p(-pairs[:, 0])) * np.cos(2 * math.pi * pairs[:, 1])).reshape(shape)
