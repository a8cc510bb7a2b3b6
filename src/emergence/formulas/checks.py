"""What a formula accepts: numbers in their domain, or a ValueError that says which one is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def _probability(name: str, value) -> np.ndarray:
    value = np.asarray(value, float)
    if not np.all((value >= 0) & (value <= 1)):
        raise ValueError(f"{name} is {value}: a probability lies between 0 and 1")
    return value


def _count(name: str, value, least: int) -> np.ndarray:
    value = np.asarray(value, float)
    if not np.all((value >= least) & (value == np.floor(value))):
        raise ValueError(f"{name} is {value}: allowed are whole numbers from {least}")
    return value


def _distribution(name: str, value) -> np.ndarray:
    value = _probability(name, value)
    if not np.allclose(value.sum(-1), 1, rtol=0, atol=1e-9):
        raise ValueError(
            f"{name} sums to {value.sum(-1)}: the probabilities of all answers sum to 1"
        )
    return value


def _positive(name: str, value) -> np.ndarray:
    value = np.asarray(value, float)
    if not np.all((value > 0) & np.isfinite(value)):
        raise ValueError(f"{name} is {value}: allowed are positive numbers")
    return value


def _fractions(values: ArrayLike, name: str) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    bad = array[~((array >= 0) & (array <= 1))]
    if bad.size:
        raise ValueError(f"{name}={bad.flat[0]:g} is not a fraction; allowed: 0 to 1")
    return array
