"""Figures of compute spent when a model answers: on more samples, on longer thinking, instead of a larger model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    Series,
    bars,
    dots,
    fractions,
    line,
    named_rows,
    pick,
    plot,
    share,
    size,
    zero,
)
from emergence.figure import Choice

from .marks import side_by_side
from .tables import chapter, digits

__all__ = ["repeated_sampling", "thinking_tokens", "test_time_or_size"]

SAMPLED = (
    "Llama-3-8B-Instruct",
    "Llama-3-70B-Instruct",
    "Gemma-2B",
    "Pythia-70M",
    "Pythia-160M",
    "Pythia-12B",
)
COVERED = {"MATH": "MATH (oracle verifier)", "CodeContests": "CodeContests"}
"""The tasks, as the table of fits names them."""
MEASURES = {"best_selection_success": "sample_selected", "coverage": "sample_coverage"}


@chapter.figure(
    "scaling-repeated-sampling",
    tables=["monkeys_brown2024_fits", "monkeys_brown2024_points"],
    controls=[Choice("task", tuple(COVERED))],
)
def repeated_sampling(task):
    """Share of problems that at least one of k samples solves, as fitted and as printed, and that a chosen sample solves."""
    k = np.unique(np.round(10.0 ** np.arange(0, 4.01, 0.2)))
    fits = pick(data.load("monkeys_brown2024_fits"), task=COVERED[task])
    curves = fits.merge(pd.DataFrame({"n_samples": k}), how="cross")
    value = digits(np.exp(curves["a"] * curves["n_samples"] ** curves["b"]))
    curves = curves.assign(kind="fit", task=task, metric="sample_coverage", value=value)
    seen = pick(data.load("monkeys_brown2024_points"), task=task, model=SAMPLED)
    metric = seen["metric"].replace(MEASURES)
    seen = seen.assign(kind="published", metric=metric, value=fractions(seen["value"]))
    columns = "kind model params task n_samples metric value"
    return pd.concat([curves, seen], ignore_index=True)[columns.split()]


@repeated_sampling.draw
def _(rows):
    hollow = {"hollow": True, "strokeWidth": 2.5, "opacity": 1}
    return plot(
        rows,
        x=size("n_samples", domain=(1, 1.3e4)),
        y=share(title="problems_solved"),
        by=Series("model", SAMPLED, title=""),
        layers=[
            line({"kind": "fit"}),
            dots({"kind": "published", "metric": "sample_coverage"}, size=80),
            dots({"metric": "sample_selected"}, size=110, **hollow),
        ],
        tips=("model", "task", "n_samples", "metric", "value"),
    )


@chapter.figure("scaling-thinking-tokens", tables=["s1_test_time_scaling"], curve=["thinking"])
def thinking_tokens():
    """Accuracy (fraction) of s1-32B against the average number of thinking tokens, forced or selected."""
    table = data.load("s1_test_time_scaling")
    forced = table[table["figure"] == "Figure 1"]
    rejected = table[table["figure"].str.startswith("Figure 6")]
    forced = forced.assign(thinking=forced["task"])
    rejected = rejected.assign(thinking="rejection_aime")
    rows = pd.concat([forced, rejected], ignore_index=True)
    value = fractions(rows["value"])
    rows = rows.assign(kind="published", value=value, thinking_tokens=rows["x"])
    columns = "kind model task thinking thinking_tokens metric value"
    return rows[columns.split()].sort_values(["thinking", "thinking_tokens"])


@thinking_tokens.draw
def _(rows):
    methods = ("MATH500", "GPQA Diamond", "AIME24", "rejection_aime")
    return plot(
        rows,
        x=size("thinking_tokens", domain=(400, 9000)),
        y=share(),
        by=Series("thinking", methods, title=""),
    )


RATIOS = {"R<<1": "ratio_low", "R~=1": "ratio_one", "R>>1": "ratio_high"}
DIFFICULTY = ("easy", "medium", "hard")
METHODS = {"revisions": "revisions", "prm_search": "PRM search"}


@chapter.figure(
    "scaling-test-time-or-size",
    tables=["snell_test_time_compute"],
    controls=[Choice("test_time_method", tuple(METHODS))],
)
def test_time_or_size(test_time_method):
    """Relative change of accuracy (fraction) when compute goes into inference instead of a model 14 times larger."""
    table = data.load("snell_test_time_compute")
    rows = pick(table, metric="relative improvement in accuracy")
    rows = rows[rows["figure"].str.contains(METHODS[test_time_method])]
    rows = rows.assign(
        kind="published",
        task="MATH",
        method=test_time_method,
        snell_difficulty=rows["difficulty_bin"],
        token_ratio=rows["generation_budget"].map(RATIOS),
        metric="relative_improvement",
        value=fractions(rows["value"]),
    )
    return rows["kind model task method snell_difficulty token_ratio metric value".split()]


@test_time_or_size.draw
def _(rows):
    beside = {"yOffset": side_by_side("snell_difficulty", DIFFICULTY)}
    return plot(
        rows,
        x=share(domain=(-0.6, 0.4), title="relative_improvement", format="+.0%"),
        y=named_rows("token_ratio", tuple(RATIOS.values()), limit=190),
        by=Series("snell_difficulty", DIFFICULTY),
        layers=[
            zero(),
            bars(size=5, opacity=0.5, tooltip=None, **beside),
            dots(size=75, **beside),
        ],
        tips=("snell_difficulty", "token_ratio", "value"),
        height=200,
    )
