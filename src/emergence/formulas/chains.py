"""Chains of steps and repeated samples: how single probabilities add up."""

from __future__ import annotations

import numpy as np

from .checks import _count, _probability


def chain_accuracy(p, k) -> np.ndarray:
    """Probability p**k that `k` steps all succeed when each succeeds with probability `p`, independently.

    p: shape (...), in [0, 1]; k: shape (...), whole, at least 0; result: broadcast shape, in [0, 1]. ValueError otherwise.
    Source: the compounding of token errors in exact match, Schaeffer et al. 2023 (arXiv:2304.15004), section 2.
    """
    return _probability("p", p) ** _count("k", k, 0)


def step_accuracy(accuracy, k) -> np.ndarray:
    """Per-step accuracy that `k` independent steps need for a whole-chain `accuracy`: its k-th root.

    accuracy: shape (...), in [0, 1]; k: shape (...), whole, at least 1. ValueError otherwise. Inverse of `chain_accuracy`.
    """
    return _probability("accuracy", accuracy) ** (1 / _count("k", k, 1))


def coverage(p, n) -> np.ndarray:
    """Probability 1 - (1 - p)**n that at least one of `n` independent samples is correct (pass@n of one problem).

    p: chance that one sample is correct, shape (...), in [0, 1]; n: shape (...), whole, at least 0. ValueError otherwise.
    Source: Brown et al. 2024 (arXiv:2407.21787), section 2; Chen et al. 2021 (arXiv:2107.03374), section 2.1.
    """
    p, n = _probability("p", p), _count("n", n, 0)
    # expm1/log1p keep the small probabilities that 1 - (1 - p)**n would lose.
    with np.errstate(divide="ignore", invalid="ignore"):
        result = -np.expm1(n * np.log1p(-p))
    return np.where(n == 0, 0.0, np.where(p == 1, 1.0, result))


def majority_vote(p, n) -> np.ndarray:
    """Probability that more than half of `n` independent samples are correct, plus half of a tie when `n` is even.

    The worst case for voting: all wrong samples agree on one wrong answer. Where wrong answers scatter, a plurality is
    enough and voting does better. p: shape (...), in [0, 1]; n: shape (...), whole, at least 1. ValueError otherwise.
    Source: Condorcet's jury theorem (binomial tail).
    """
    from scipy.stats import binom

    p, n = _probability("p", p), _count("n", n, 1)
    half = np.floor(n / 2)
    return binom.sf(half, n, p) + np.where(n % 2 == 0, 0.5 * binom.pmf(half, n, p), 0.0)
