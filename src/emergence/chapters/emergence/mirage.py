"""Emergence as a choice of metric: Schaeffer et al. 2023 on arithmetic and vision, and the probability of many right tokens."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import Series, dots, line, linear, log, pick, plot, share, size
from emergence.figure import Choice, Slider

from .tables import TENTHS, chapter, plot_panels

__all__ = ["mirage_arithmetic", "multi_step_dial", "vision_mirage"]

MIRAGE = "schaeffer2023_fig3_fig4_arithmetic_metrics"
PANELS = {"accuracy": "mirage_accuracy", "neg_token_edit_distance": "mirage_edit"}
SERIES_END = 1e11
"""Parameters from which OpenAI's models of March 2023 are of another generation: no line leads there (see the text)."""


@cache
def arithmetic() -> pd.DataFrame:
    """Schaeffer et al. 2023, Figure 3, at temperature 0: accuracy (fraction) and negative edit distance (tokens)."""
    rows = data.load(MIRAGE)
    greedy = rows["temperature"].isna() | (rows["temperature"] == 0)
    rows = rows[(rows["figure"].astype(str) == "3") & greedy]
    named = rows["model"].where(rows["family"] != "GPT-3", "GPT-3 " + rows["model"].astype(str))
    return rows.assign(
        kind=np.where(rows["panel"] == "mathematical_model", "simulation", "published"),
        task=rows["panel"],
        panel=rows["metric"].map(PANELS),
        params=rows["params_read"].round(-6),
        answer_tokens=rows["target_length"].astype(str),
        model=named,
    )


@chapter.figure(
    "mirage-arithmetic",
    tables=[MIRAGE],
    curve=["task", "panel", "answer_tokens"],
    controls=[
        Choice("task", ("addition_2int_4digit", "multiplication_2int_2digit", "mathematical_model"))
    ],
)
def mirage_arithmetic(task):
    """The same answers by accuracy (fractions) and by edit distance (tokens), by size and length of the answer."""
    rows = pick(arithmetic(), task=task)
    rows = rows.sort_values(["panel", "answer_tokens", "params"], kind="stable")
    return rows["panel answer_tokens kind family model params task metric value".split()]


@mirage_arithmetic.draw
def _(rows, task, columns):
    # Only accuracies lie above 0: they alone are written in percent.
    value = alt.datum.value
    percent, whole = (alt.expr.format(value, form) for form in (".0%", "d"))
    written = {"labelExpr": alt.expr.if_(value > 0, percent, whole)}
    one_series = (alt.datum.kind == "simulation") | (alt.datum.params < SERIES_END)
    return plot_panels(
        rows,
        ("mirage_accuracy", "mirage_edit"),
        size("params", over=arithmetic()),
        linear("value", title="", guide=written),
        Series("answer_tokens", ("1", "2", "3", "4", "5")),
        columns,
        independent=("y",),
        height=230,
        joined=one_series,
    )


SIZES = np.logspace(7, 12, 51)
LEAST = 1e-4
"""Where the logarithmic axis ends: where a test of 10,000 items would."""


@chapter.figure(
    "multi-step-dial",
    controls=[
        Slider("answer_tokens", 1, 30, 1, 5),
        Choice("y_scale", ("linear_axis", "log_axis")),
    ],
    simulation=True,
)
def multi_step_dial(answer_tokens, y_scale):
    """Probability that one token, and that all tokens of an answer are right, by size, if single tokens follow a power law."""
    token = formulas.token_accuracy(SIZES)
    whole = formulas.chain_accuracy(token, answer_tokens)
    one = {"steps": "one_token", "params": SIZES, "answer_tokens": 1, "value": token}
    every = {**one, "steps": "all_tokens", "answer_tokens": answer_tokens, "value": whole}
    rows = pd.concat([pd.DataFrame({"kind": "simulation", **part}) for part in (one, every)])
    return rows[rows["value"] >= LEAST] if y_scale == "log_axis" else rows


@multi_step_dial.draw
def _(rows, y_scale):
    halves = 2 * alt.expr.log(alt.datum.params) / alt.expr.LN10
    marked = alt.expr.abs(halves - alt.expr.round(halves)) < 0.01  # a mark per half decade
    by_log = log("value", (LEAST, 1), ticks=TENTHS, format="~%")
    return plot(
        rows,
        x=size("params", over=pd.DataFrame({"params": SIZES})),
        y=share() if y_scale == "linear_axis" else by_log,
        by=Series("steps", ("one_token", "all_tokens"), title=""),
        layers=[line(width=2.5), dots(marked, size=60, filled=False)],
        tips=("params", "answer_tokens", "value"),
    )


VISION = "schaeffer2023_fig7_fig8_fig11_vision"
VISION_CURVES = (
    "smooth_metric",
    "all 6 correct",
    "all 8 correct",
    "all 10 correct",
    "c=0.004",
    "c=0.003",
)


@cache
def vision() -> pd.DataFrame:
    """Schaeffer et al. 2023, Figures 7 and 11: small networks on images, by a smooth and by a sharp measure."""
    rows = pick(data.load(VISION), task=["mnist", "cifar100_reconstruction"])
    smooth = rows["panel"] == "B"
    return rows.assign(
        kind="published",
        panel=np.where(smooth, "vision_smooth", "vision_sharp"),
        task="vision_" + rows["task"],
        rule=rows["variant"].mask(smooth, "smooth_metric"),
        model=rows["family"],
    )


@chapter.figure(
    "vision-mirage",
    tables=[VISION],
    curve=["task", "rule"],
    controls=[Choice("task", ("vision_cifar100_reconstruction", "vision_mnist"))],
)
def vision_mirage(task):
    """An ability of networks for images by a smooth measure and by one with a threshold, by size."""
    rows = pick(vision(), task=task).sort_values(["panel", "rule", "params"], kind="stable")
    return rows[["panel", "rule", "kind", "family", "model", "params", "task", "metric", "value"]]


@vision_mirage.draw
def _(rows, task, columns):
    return plot_panels(
        rows,
        ("vision_smooth", "vision_sharp"),
        size("params", over=pick(vision(), task=task)),
        linear("value", title="", ticks=5, zero=True),
        Series("rule", VISION_CURVES).only(rows),
        columns,
        independent=("y",),
        height=190,
    )
