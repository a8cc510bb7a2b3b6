"""Figures of reinforcement learning: its law, what it adds, and what happens when the reward is a stand-in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import Series, line, linear, log, pick, plot, share, size, zero
from emergence.figure import Choice

from .marks import hovered
from .tables import chapter, digits, rounded

__all__ = ["rl_compute", "pass_at_k", "overoptimization"]

RUNS = {
    "ScaleRL (batch 768, 14k context)": "scalerl_base",
    "ScaleRL-32k context": "scalerl_32k",
    "ScaleRL batch 2048 (100k GPU-hour run)": "scalerl_2048",
    "ScaleRL-Scout": "scalerl_scout",
}


FITTED = {"A": "scalerl_asymptote", "B": "scalerl_exponent", "C_mid": "scalerl_midpoint"}


@chapter.figure("scaling-rl-compute", tables=["scalerl_khatri2025_fits"])
def rl_compute():
    """Share of the whole gain against training by reinforcement (GPU-hours) under the fitted law of four runs."""
    fits = pick(data.load("scalerl_khatri2025_fits"), run=list(RUNS))
    fits = fits.assign(kind="fit", rl_run=fits["run"].map(RUNS), metric="share_of_gain")
    rows = fits.merge(pd.DataFrame({"gpu_hours": 10.0 ** np.arange(2, 5.01, 0.1)}), how="cross")
    value = digits(1 / (1 + (rows["C_mid"] / rows["gpu_hours"]) ** rows["B"]))
    rows = rows.assign(gpu_hours=digits(rows["gpu_hours"]), value=value).rename(columns=FITTED)
    return rows[["kind", "rl_run", "model", "gpu_hours", *FITTED.values(), "metric", "value"]]


@rl_compute.draw
def _(rows):
    return plot(
        rows,
        x=size("gpu_hours", domain=(100, 1e5)),
        y=share(title="share_of_gain"),
        by=Series("rl_run", tuple(RUNS.values()), title="", dashed=True),
        layers=[hovered(line())],
        tips=("rl_run", "model", "gpu_hours", "value", *FITTED.values()),
        height=300,
    )


VERSIONS = {"base": "rl_before", "RL-trained (RLVR)": "rl_after"}


@chapter.figure(
    "scaling-pass-at-k",
    tables=["rlvr_passk_yue2025"],
    controls=[
        Choice("family", ("Qwen-2.5-32B", "Qwen-2.5-14B", "Qwen-2.5-7B", "LLaMA-3.1-8B")),
        Choice("task", ("AIME24", "MATH500")),
    ],
    curve=["rl_version"],
)
def pass_at_k(family, task):
    """Share of problems that one of k samples solves, before and after reinforcement learning."""
    rows = pick(data.load("rlvr_passk_yue2025"), family=family, task=task)
    version = rows["model"].map(VERSIONS)
    rows = rows.assign(kind="published", rl_version=version, metric="pass_at_k")
    columns = "kind family rl_version params task k metric value"
    return rows[columns.split()].sort_values(["rl_version", "k"])


@pass_at_k.draw
def _(rows):
    ticks = (1, 4, 16, 64, 256, 1024)
    return plot(
        rows,
        x=log("k", (1, 1200), title="n_samples", ticks=ticks, grid=False, base=2),
        y=share(title="problems_solved"),
        by=Series("rl_version", tuple(VERSIONS.values()), title=""),
    )


@chapter.figure("scaling-overoptimization", tables=["functional_forms"], simulation=True)
def overoptimization():
    """True reward (peak 1) against distance (best 1) under the two laws of Gao et al. 2022."""
    distance = np.round(np.arange(0, 2.51, 0.05), 2)
    log_distance = np.log(distance, out=np.zeros_like(distance), where=distance > 0)
    forms = {
        "form_bon": distance * (2 - distance),
        "form_rl": distance * (1 - log_distance),
    }
    rows = pd.DataFrame({"kind": "simulation", "overopt_distance": distance, **forms})
    rows = rows.melt(["kind", "overopt_distance"], var_name="overopt_form")
    rows = rows.assign(value=[rounded(value, 5) for value in rows["value"]])
    return rows[["kind", "overopt_form", "overopt_distance", "value"]]


@overoptimization.draw
def _(rows):
    return plot(
        rows,
        x=linear("overopt_distance", (0, 2.5), ticks=None, format=".1f", grid=False),
        y=linear(domain=(-1.3, 1.1), title="gold_reward", ticks=None, format=".1f"),
        by=Series("overopt_form", ("form_bon", "form_rl"), title=""),
        layers=[zero("y"), hovered(line(width=2.5))],
        tips=("overopt_form", "overopt_distance", "value"),
        height=260,
    )
