"""Metrics and what they do to a curve: pure NumPy, shapes broadcast.

Sources: Schaeffer, Miranda and Koyejo 2023 (arXiv:2304.15004), sections 2 and 4; Wilson 1927 (J. Am. Stat. Assoc. 22, 209).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .checks import _fractions


def token_accuracy(
    params: ArrayLike, critical_params: float = 2e9, exponent: float = -0.5
) -> np.ndarray:
    """Probability of the right token when the cross-entropy falls as a power law, exp(-(N/c)^alpha).

    `params` N > 0 (any shape); `critical_params` c > 0; `exponent` alpha < 0. Schaeffer et al. 2023, section 2; the defaults
    are those of their Figure 3, left column, recovered from its points (they are not printed).
    """
    size = np.asarray(params, dtype=float)
    if (size <= 0).any() or critical_params <= 0:
        raise ValueError("params and critical_params must be above 0")
    if exponent >= 0:
        raise ValueError(f"exponent={exponent:g}; the power law falls only for exponents below 0")
    return np.exp(-((size / critical_params) ** exponent))


def token_edit_distance(token_accuracy: ArrayLike, length: ArrayLike) -> np.ndarray:
    """Expected number of wrong tokens, L(1 - p), the approximation of Schaeffer et al. 2023, section 2."""
    return np.asarray(length, dtype=float) * (1 - _fractions(token_accuracy, "token_accuracy"))


def wilson_interval(
    score: ArrayLike, n_items: int, z: float = 1.959963984540054
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval for a share `score` (0..1) of `n_items` test items answered rightly: (low, high), fractions.

    `z` = 1.96 gives 95 percent. Unlike the normal interval it stays inside 0..1 and does not vanish at a score of 0.
    """
    if n_items < 1:
        raise ValueError(f"n_items={n_items}; a test has at least 1 item")
    p = _fractions(score, "score")
    center = p + z**2 / (2 * n_items)
    half = z * np.sqrt(p * (1 - p) / n_items + z**2 / (4 * n_items**2))
    scale = 1 + z**2 / n_items
    return np.clip((center - half) / scale, 0, 1), np.clip((center + half) / scale, 0, 1)


def hidden_below(n_items: ArrayLike, chance_of_zero: float = 0.05) -> np.ndarray:
    """The true score at which a test of `n_items` shows no right answer at all with probability `chance_of_zero`.

    Solves (1 - p)^n = chance_of_zero; close to 3/n for 5 percent. Below it a zero on the test says nothing.
    """
    return 1 - chance_of_zero ** (1 / np.asarray(n_items, dtype=float))


def items_behind(scores: ArrayLike, at_most: int = 20_000, tolerance: float = 1e-6) -> int:
    """The smallest number of test items for which every score (0..1) is a whole number of items.

    Raises ValueError when no number up to `at_most` fits. With many scores this recovers the size of the test set (or a
    divisor of it).
    """
    values = np.unique(_fractions(scores, "scores"))
    for n in range(1, at_most + 1):
        counts = values * n
        if (np.abs(counts - np.round(counts)) <= tolerance * n).all():
            return n
    raise ValueError(
        f"no number of items up to {at_most} makes every score a whole number of items"
    )


def emergence_score(scores: Sequence[float]) -> float:
    """Emergence score of scores ordered by model scale; Schaeffer et al. 2023, equation 1 (a metric of BIG-bench).

    sign(argmax y - argmin y) (max y - min y) / sqrt(median of squared steps). Infinite where the median step is 0.
    """
    y = np.asarray(scores, dtype=float)
    if y.ndim != 1 or len(y) < 2:
        raise ValueError("scores must be a sequence of at least two values, ordered by scale")
    rise = np.sign(int(y.argmax()) - int(y.argmin())) * (y.max() - y.min())
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(rise / np.sqrt(np.median(np.diff(y) ** 2))) if rise else 0.0
