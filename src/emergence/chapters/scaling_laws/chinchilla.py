"""Figures of the runs behind Chinchilla: fitted again, and along one budget."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from emergence.chart import (
    Series,
    dots,
    line,
    linear,
    log,
    named_rows,
    plot,
    rules,
    size,
    words,
)
from emergence.figure import Choice, Slider
from emergence.text import label

from .laws import (
    DEFAULT,
    DELTAS,
    FITTED,
    along_budget,
    compared_fits,
    from_replication,
    printed,
    refitted,
)
from .marks import side_by_side
from .tables import POINTS, chapter, digits, in_digits, training_runs

__all__ = ["refit", "isoflop"]

FITS = ("hoffmann", "replication", "our_fit")


@chapter.figure(
    "scaling-refit",
    tables=["chinchilla_training_runs", "chinchilla_loss_fits", "optimal_allocation_exponents"],
    controls=[Choice("runs_used", POINTS), Choice("loss_function", tuple(DELTAS))],
    columns="kind model fitted_number value ci_low ci_high".split(),
)
def refit(runs_used, loss_function):
    """Six numbers of the law in three fits, as distance from the replication in half widths of its interval."""
    rows = compared_fits(runs_used, loss_function)
    found = {"value": "refit_position", "low": "from", "high": "to"}
    for column, place in found.items():
        away = map(from_replication, rows["parameter"], rows[column])
        rows = rows.assign(**{place: digits(away)})
    rows = rows.assign(
        kind=np.where(rows["fit"] == "our_fit", "fit", "published"),
        model=rows["fit"].map(label),
        fitted_number="law_" + rows["parameter"],
        ci_low=rows["low"],
        ci_high=rows["high"],
        text=[f"{v:,.4g}" if v < 1e4 else f"{v:,.0f}" for v in rows["value"]],
    )
    columns = "kind fit model fitted_number value ci_low ci_high refit_position from to text"
    return in_digits(rows[columns.split()])


@refit.draw
def _(rows):
    beside = {"yOffset": side_by_side("fit", FITS)}
    interval = {"x": alt.X("from:Q", title=label("refit_position")), "x2": "to:Q", **beside}
    return plot(
        rows,
        x=linear("refit_position", (-4, 9.5), ticks=(-4, -2, -1, 0, 1, 2, 4, 6)),
        y=named_rows("fitted_number", ["law_" + parameter for parameter in FITTED]),
        by=Series("fit", FITS, title=""),
        layers=[
            rules(width=2.5, opacity=None, **interval),
            dots({"kind": ["published", "fit"]}, size=60, **beside),
            words("text", align="right", x="width", **beside),
        ],
        tips=("model", "fitted_number", "value", "ci_low", "ci_high"),
        height=62 * len(FITTED),
    )


@chapter.figure(
    "scaling-isoflop",
    tables=["chinchilla_training_runs", "chinchilla_loss_fits"],
    controls=[Slider("log_budget", 18.7, 21.5, 0.1, 20.0, format=".1f")],
)
def isoflop(log_budget):
    """Loss (nats per token) against size along one budget under two laws, their minima, and the published runs."""
    runs = training_runs("points_245")
    near = (np.log10(runs["train_flops"]) - log_budget).abs() <= 0.05
    used = np.where(runs["used_in_epoch_fit"].astype(bool), "used_run", "left_out_run")
    place = np.where(near, "near", "far")
    runs = runs.assign(kind="published", fit=used, place=place, nats=runs["loss"])
    runs = runs["kind fit place params train_tokens train_flops nats".split()]
    parts = [runs.sort_values("place", kind="stable")]
    for fit, law in {"hoffmann": printed("hoffmann"), "our_fit": refitted(*DEFAULT)}.items():
        parts.append(along_budget(10.0**log_budget, law).assign(kind="fit", fit=fit))
    return in_digits(pd.concat(parts, ignore_index=True))


@isoflop.draw
def _(rows):
    faint = {"opacity": 0.22, "color": "currentColor", "shape": None, "tooltip": None}
    fits = ("used_run", "left_out_run", "hoffmann", "our_fit")
    best = {"place": "best", "kind": "fit"}
    return plot(
        rows,
        x=size("params", domain=(3e7, 2e10)),
        y=log("nats", (2.05, 5.2), ticks=(2.2, 2.5, 3, 3.5, 4, 5)),
        by=Series("fit", fits, title="", columns=2),
        layers=[
            dots({"place": "far"}, size=14, **faint),
            line({"place": "curve"}, clip=True),
            dots(best, size=170, hollow=True, strokeWidth=2.5, opacity=1),
            dots({"place": "near"}, size=60),
        ],
        tips=("fit", "params", "train_tokens", "train_flops", "nats"),
        height=400,
    )
