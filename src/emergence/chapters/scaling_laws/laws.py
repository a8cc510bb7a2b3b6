"""Laws of the loss and rules that split a budget: as printed, refitted to the published runs, and what they recommend."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import one, pick

from .tables import in_digits, kaplan_constant, optimal_sizes, training_runs

RULES = ("kaplan", "approach_1", "approach_2", "approach_3", "replication")
PARAMETERS = ("E", "A", "B", "alpha", "beta")
FITTED = (*PARAMETERS, "a")
"""The parameters of L = E + A/N^alpha + B/D^beta, and the exponent of N against compute that follows from them."""
DELTAS = {"huber_1e-3": 1e-3, "huber_1e-4": 1e-4, "huber_1e-2": 1e-2, "squares": None}
DEFAULT = ("points_240", "huber_1e-3")
"""The runs and the loss function of the replication."""
DRAWS = 200
"""Bootstrap resamples behind our intervals, with seed 0."""
PRINTED = {
    "hoffmann": "Hoffmann et al. 2022 (Approach 3, unrounded values from the TeX source, as used by Epoch AI)",
    "rounded": "Hoffmann et al. 2022 (Approach 3, published, rounded)",
    "replication": "Besiroglu et al. 2024 (Epoch AI replication, published table)",
}
SERVED = {"served_0": 0.0, "served_1e12": 1e12, "served_1e13": 1e13, "served_1e14": 1e14}
"""Tokens served after training."""
NOTEBOOK = "Besiroglu et al. 2024 (Epoch AI replication, notebook output)"

Law = dict[str, float]


@cache
def printed(fit: str) -> Law:
    """E, A, B, alpha, beta as printed: ``hoffmann`` (unrounded), ``rounded`` (as in the paper's text) or ``replication``."""
    rows = pick(data.load("chinchilla_loss_fits"), fit=PRINTED[fit])
    value = dict(zip(rows["parameter"], rows["value"], strict=True))
    if fit == "hoffmann":
        value |= {name: np.exp(value[f"{name.lower()}=ln {name}"]) for name in "EAB"}
    return {name: value[name] for name in PARAMETERS}


@cache
def refitted(points: str, loss_function: str) -> Law:
    """E, A, B, alpha, beta of our fit to the published runs."""
    runs = training_runs(points)
    fit = formulas.fit_parametric_loss(
        runs["params"], runs["train_tokens"], runs["loss"], DELTAS[loss_function]
    )
    return {name: fit[name] for name in PARAMETERS}


def exponent(law: Law) -> float:
    """The a in N ∝ C^a."""
    return law["beta"] / (law["alpha"] + law["beta"])


@cache
def intervals(points: str, loss_function: str) -> dict[str, tuple[float, float]]:
    """95 percent percentile intervals of our bootstrap, per parameter and for the exponent a."""
    runs = training_runs(points)
    drawn = pd.DataFrame(
        formulas.bootstrap_parametric_loss(
            runs["params"], runs["train_tokens"], runs["loss"], DELTAS[loss_function], DRAWS
        )
    )
    drawn["a"] = exponent(drawn)
    return {name: tuple(np.quantile(drawn[name], [0.025, 0.975])) for name in FITTED}


@cache
def replication_intervals() -> dict[str, tuple[float, float]]:
    """95 percent intervals of Besiroglu et al. 2024, per parameter and for the exponent a."""
    rows = pick(data.load("chinchilla_loss_fits"), fit=NOTEBOOK)
    found = dict(
        zip(rows["parameter"], zip(rows["ci95_low"], rows["ci95_high"], strict=True), strict=True)
    )
    exponents = data.load("optimal_allocation_exponents")
    center = one(exponents, "a_params_exponent", source="Besiroglu et al. 2024 (Epoch AI)")
    # The standard error of a, 0.020, is in the table's interval note.
    return found | {"a": (center - 1.96 * 0.020, center + 1.96 * 0.020)}


@cache
def table_line(approach: int) -> tuple[float, float]:
    """Slope and intercept of ln N against ln C through the optimal sizes printed for approach 1 or 2."""
    rows = optimal_sizes(approach)
    slope, intercept = np.polyfit(np.log(rows["train_flops"]), np.log(rows["params"]), 1)
    return float(slope), float(intercept)


def optimal(rule: str, train_flops):
    """Parameters and tokens (N, D) that `rule` recommends for `train_flops`, with 6 N D = C throughout."""
    flops = np.asarray(train_flops, float)
    if rule == "kaplan":
        days = flops / kaplan_constant("unit", "flops_per_PF_day")
        params = kaplan_constant("N_opt", "N_e") * days ** kaplan_constant("N_opt", "p_N")
    elif rule in ("approach_1", "approach_2"):
        slope, intercept = table_line(int(rule[-1]))
        params = np.exp(intercept) * flops**slope
    else:
        law = printed("hoffmann" if rule == "approach_3" else rule)
        params, _ = formulas.compute_optimal(flops, **law)
    return params, flops / (6 * params)


def optimal_flops(params, law: Law) -> np.ndarray:
    """Training FLOPs (6 N D) for which a model of size `params` is compute-optimal under L = E + A/N^alpha + B/D^beta."""
    both = law["alpha"] + law["beta"]
    scale = (law["alpha"] * law["A"] / (law["beta"] * law["B"])) ** (1 / both)
    return 6 * (np.asarray(params, float) / scale) ** (1 / exponent(law))


def cheapest(train_flops: float, served: str) -> tuple[float, float]:
    """Parameters and tokens of the model with the loss that `train_flops` buy and the least compute over its life."""
    return formulas.inference_optimal(train_flops, SERVED[served], **printed("replication"))


@cache
def recommended() -> pd.DataFrame:
    """What each rule recommends for 1e19 to 1e27 FLOPs."""
    flops, parts = 10.0 ** np.arange(19, 27.01, 0.5), []
    for rule in RULES:
        params, tokens = optimal(rule, flops)
        split = {"params": params, "train_tokens": tokens, "tokens_per_param": tokens / params}
        parts.append(pd.DataFrame({"law_rule": rule, "train_flops": flops, **split}))
    return in_digits(pd.concat(parts, ignore_index=True))


def along_budget(flops: float, law: Law) -> pd.DataFrame:
    """Loss under `law` of every size that `flops` can train (``curve``), and of the best size (``best``)."""
    best, _ = formulas.compute_optimal(flops, **law)
    params = np.append(10.0 ** np.arange(7.5, 10.51, 0.1), best)
    tokens = flops / (6 * params)
    loss = formulas.parametric_loss(params, tokens, **law)
    rows = {"params": params, "train_tokens": tokens, "train_flops": flops, "nats": loss}
    return pd.DataFrame({"place": np.where(params == best, "best", "curve"), **rows})


@cache
def compared_fits(points: str, loss_function: str) -> pd.DataFrame:
    """Each number of the law in three fits, from ``low`` to ``high`` where an interval is known."""
    known = {
        "hoffmann": (printed("hoffmann"), {}),
        "replication": (printed("replication"), replication_intervals()),
        "our_fit": (refitted(points, loss_function), intervals(points, loss_function)),
    }
    rows = []
    for parameter in FITTED:
        for fit, (law, bounds) in known.items():
            value = exponent(law) if parameter == "a" else law[parameter]
            rows.append((parameter, fit, value, *bounds.get(parameter, (np.nan, np.nan))))
    return pd.DataFrame(rows, columns=["parameter", "fit", "value", "low", "high"])


def from_replication(parameter: str, value: float) -> float:
    """How far `value` lies from the replication's, in half widths of its interval; A and B by their logarithm."""
    replication = printed("replication")
    center = exponent(replication) if parameter == "a" else replication[parameter]
    scale = np.log if parameter in "AB" else float
    center, low, high = (scale(v) for v in (center, *replication_intervals()[parameter]))
    return (scale(value) - center) / ((high - low) / 2)
