"""Two small simulations: rewards fitted to comparisons, and a policy pulled toward what a flawed reward model likes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import formulas
from emergence.chart import Series, dots, line, linear, plot, spans, words
from emergence.figure import Choice, Slider

from .tables import chapter

__all__ = ["preference_fit", "kl_bandit"]

TRUE_REWARDS = np.array([-1.5, -0.9, -0.3, 0.3, 0.9, 1.5])
PRIOR_SD = 2.0


def tally(n: int, draw: int) -> np.ndarray:
    """How often each of six answers beat each other one in `n` comparisons per pair, drawn from the preference model."""
    rng, wins = np.random.default_rng(draw), np.zeros((6, 6))
    for a in range(6):
        for b in range(a):
            wins[a, b] = rng.binomial(n, formulas.preference(TRUE_REWARDS[a], TRUE_REWARDS[b]))
            wins[b, a] = n - wins[a, b]
    return wins


@chapter.figure(
    "inst-preference-fit",
    controls=[
        Choice("per_pair", ("1", "3", "10", "30", "100", "300"), "3"),
        Slider("draw", 1, 8, 1, 1),
    ],
    simulation=True,
)
def preference_fit(per_pair, draw):
    """Rewards fitted to simulated comparisons of six answers, against the true ones, with 95 percent intervals."""
    wins = tally(int(per_pair), int(draw))
    fitted, error = formulas.fit_preferences(wins, PRIOR_SD)
    rows = {
        "kind": "simulation",
        "answer": list("ABCDEF"),
        "true_reward": TRUE_REWARDS,
        "fitted_reward": fitted,
        "bar_low": fitted - 1.96 * error,
        "bar_high": fitted + 1.96 * error,
        "won": wins.sum(1) / (wins.sum(1) + wins.sum(0)),
    }
    diagonal = {"kind": "reference", "true_reward": [-2.0, 2.0], "fitted_reward": [-2.0, 2.0]}
    return pd.concat([pd.DataFrame(rows), pd.DataFrame(diagonal)], ignore_index=True)


@preference_fit.draw
def _(rows):
    simulated = {"kind": "simulation"}
    diagonal = {"width": 1, "strokeDash": [4, 4], "color": "currentColor"}
    return plot(
        rows,
        x=linear("true_reward", (-2, 2), ticks=5, grid=False, nice=False),
        y=linear("fitted_reward", (-5, 5), ticks=None, nice=False),
        layers=[
            line({"kind": "reference"}, **diagonal),
            spans("bar_low", "bar_high", simulated, width=None, opacity=0.7),
            dots(simulated, size=90, filled=False),
            words("answer", simulated, size=12, dx=12, dy=-8),
        ],
        tips=("answer", "true_reward", "fitted_reward", "won"),
    )


BETAS = (100, 8, 4, 3, 2, 1.5, 1.2, 1, 0.85, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25)
FLAWS = {"flaw_none": 0.0, "flaw_1e6": 1e-6, "flaw_1e4": 1e-4, "flaw_1e3": 1e-3}
NOISE = {"noise_0": 0.0, "noise_half": 0.5, "noise_1": 1.0}
FLAW_SCORE, FLAW_WORTH = 7.0, -2.0
JUDGES = ("proxy", "worth")


def bandit(flaw: float, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One prompt, 3,722 answers: probability before tuning, what a person would give, what the reward model gives.

    3,721 ordinary answers are a grid of 61 qualities by 61 errors of the reward model, both standard normal weights cut
    at three standard deviations, the error times `noise`. The last answer, of probability `flaw`, fools the reward model.
    """
    grid = np.linspace(-3, 3, 61)
    weight = np.exp(-(grid**2) / 2)
    weight /= weight.sum()
    quality, error = (g.ravel() for g in np.meshgrid(grid, grid))
    reference = np.append(np.outer(weight, weight).ravel() * (1 - flaw), flaw)
    worth = np.append(quality, FLAW_WORTH)
    return reference / reference.sum(), worth, np.append(quality + noise * error, FLAW_SCORE)


@chapter.figure(
    "inst-kl-bandit",
    controls=[
        Choice("flaw", tuple(FLAWS), "flaw_1e4"),
        Choice("noise", tuple(NOISE), "noise_half"),
    ],
    simulation=True,
    columns=["kind", "series", "beta", "kl", "reward", "flawed"],
)
def kl_bandit(flaw, noise):
    """What the reward model and a person give the best policy within each distance from where it began (KL, nats)."""
    reference, worth, score = bandit(FLAWS[flaw], NOISE[noise])
    policy = formulas.kl_optimal_policy(reference, score, np.array(BETAS))
    shared = {
        "kind": "simulation",
        "beta": BETAS,
        "kl": formulas.kl_divergence(policy, reference),
        "flawed": policy[:, -1],
    }
    given = {"proxy": policy @ score, "worth": policy @ worth}
    parts = [pd.DataFrame({**shared, "series": who, "reward": given[who]}) for who in JUDGES]
    rows = pd.concat(parts, ignore_index=True)[["kind", "series", "beta", "kl", "reward", "flawed"]]
    return rows.sort_values(["series", "kl"], kind="stable")


@kl_bandit.draw
def _(rows):
    ticks = {"ticks": (0, 0.1, 0.5, 1, 2, 4, 6, 8, 10, 12, 14), "format": "~g", "grid": False}
    return plot(
        rows,
        x=linear("kl", (0, 14), type="sqrt", nice=False, **ticks),
        y=linear("reward", (-2.5, 7.5), nice=False),
        by=Series("series", JUDGES, title=""),
        layers=[line(strokeDash=[1, 3]), dots(size=60, filled=False)],
        tips=("beta", "kl", "reward", "flawed"),
    )
