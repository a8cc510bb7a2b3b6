"""Preferences, rewards and the policies they ask for."""

from __future__ import annotations

import numpy as np

from .checks import _distribution


def preference(reward_a, reward_b) -> np.ndarray:
    """Probability that answer a is preferred to answer b: the logistic function of the difference of their rewards.

    reward_a, reward_b: shape (...), in units of log-odds. Source: Bradley & Terry 1952 (doi:10.1093/biomet/39.3-4.324).
    """
    difference = np.asarray(reward_a, float) - np.asarray(reward_b, float)
    return 1 / (1 + np.exp(-np.clip(difference, -700, 700)))


def fit_preferences(wins, prior_sd: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
    """Rewards (log-odds, mean 0) that best explain pairwise preferences, and their standard errors; both shape (k,).

    wins: shape (k, k), wins[a, b] = how often a was preferred to b. prior_sd: standard deviation of a normal prior on
    each reward; infinite for plain maximum likelihood. Newton's method on the concave log-posterior; the standard errors
    come from its curvature at the maximum. ValueError for a table that is not square, negative counts, prior_sd that is
    not positive, or, without a prior, counts for which no finite maximum exists (Ford's condition: from each answer a
    chain of wins must lead to each other one). Source: Bradley & Terry 1952 (doi:10.1093/biomet/39.3-4.324).
    """
    from scipy.sparse.csgraph import connected_components

    wins = np.asarray(wins, float)
    if (
        wins.ndim != 2
        or wins.shape[0] != wins.shape[1]
        or len(wins) < 2
        or not np.all(wins >= 0)
        or not np.isfinite(wins).all()
    ):
        raise ValueError(
            f"wins has shape {wins.shape}: allowed are square tables of two or more answers with counts from 0"
        )
    if not prior_sd > 0:
        raise ValueError(f"prior_sd is {prior_sd}: a standard deviation is greater than 0")
    wins = wins * (1 - np.eye(len(wins)))
    if np.isinf(prior_sd) and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError(
            "some answers always won or always lost against the others, so the best reward is infinite: give a prior_sd"
        )
    k, games = len(wins), wins + wins.T
    weight = 0.0 if np.isinf(prior_sd) else prior_sd**-2.0
    center = np.eye(k) - 1 / k

    def curvature(reward):
        p = preference(reward[:, None], reward)
        inner = games * p * (1 - p)
        return np.diag(inner.sum(1)) - inner + weight * np.eye(k)

    def log_posterior(reward):
        return (
            -(wins * np.logaddexp(0, reward - reward[:, None])).sum()
            - weight / 2 * (reward**2).sum()
        )

    reward = np.zeros(k)
    for _ in range(200):
        slope = (wins - games * preference(reward[:, None], reward)).sum(1) - weight * reward
        # Ones remove the direction in which all rewards move together: only differences are observed.
        step = center @ np.linalg.solve(curvature(reward) + 1 / k, slope)
        while log_posterior(reward + step) < log_posterior(reward) and np.abs(step).max() > 1e-12:
            step = step / 2
        reward = reward + step
        if np.abs(step).max() < 1e-12:
            break
    covariance = center @ np.linalg.inv(curvature(reward) + 1 / k) @ center
    return reward, np.sqrt(np.diag(covariance))


def kl_optimal_policy(reference, reward, beta) -> np.ndarray:
    """Policy proportional to reference * exp(reward / beta): the exact maximum of mean reward - beta * KL(policy, reference).

    reference: shape (..., k), probabilities of k answers to one prompt; reward: shape (..., k); beta: shape (...), > 0, in
    units of the reward. Returns shape (..., k). ValueError otherwise. Source: Rafailov et al. 2023 (arXiv:2305.18290),
    equation 4; Korbak et al. 2022 (arXiv:2205.11275).
    """
    reference, reward, beta = (
        _distribution("reference", reference),
        np.asarray(reward, float),
        np.asarray(beta, float),
    )
    if not np.all(beta > 0):
        raise ValueError(f"beta is {beta}: the weight of the penalty is greater than 0")
    with np.errstate(divide="ignore"):
        log_weight = np.log(reference) + reward / beta[..., None]
    weight = np.exp(log_weight - log_weight.max(-1, keepdims=True))
    return weight / weight.sum(-1, keepdims=True)


def kl_divergence(p, q) -> np.ndarray:
    """Kullback-Leibler divergence sum(p * ln(p / q)) in nats along the last axis; infinite where q is 0 and p is not.

    p, q: shape (..., k), each summing to 1. ValueError otherwise. Source: Kullback & Leibler 1951 (doi:10.1214/aoms/1177729694).
    """
    from scipy.special import rel_entr

    return rel_entr(_distribution("p", p), _distribution("q", q)).sum(-1)
