"""Emergence in miniature: small Transformers of several sizes and seeds that learn to add."""

from __future__ import annotations

from functools import cache

import altair as alt
import pandas as pd

from emergence import data
from emergence.chart import Axis, Series, dots, levels, line, linear, log, pick, plot, share
from emergence.figure import Choice
from emergence.text import label

from .tables import ADDITION, GUESSED, chapter, own_scores

__all__ = ["own_seeds", "own_learning"]

METRICS = ("exact_match", "per_digit", "cross_entropy")
OUTCOMES = ("adds", "does_not_add", "mean_of_seeds")
DRAWN = {"every_seed": OUTCOMES[:2], "mean_only": OUTCOMES[2:], "seeds_and_mean": OUTCOMES}


def measured(metric: str, top: float = 2) -> Axis:
    """The axis of a measure: nats up to `top`, or a fraction."""
    if metric == "cross_entropy":
        return linear("value", (0, top), title="cross_entropy", ticks=5, nice=False)
    return share(title=metric)


SEEDS = "kind model width params seed own_metric value addition_outcome".split()


@chapter.figure(
    "mini-addition-seeds",
    controls=[Choice("own_metric", METRICS), Choice("seeds_drawn", tuple(DRAWN))],
    runs=[ADDITION],
    columns=SEEDS,
)
def own_seeds(own_metric, seeds_drawn):
    """What models of each size reach, seed by seed and in the mean (fractions, or nats per digit)."""
    rows = own_scores()
    beside = rows["params"] * (1 + 0.012 * (rows["seed"] - 7.5))  # seeds side by side
    rows = rows.assign(value=rows[own_metric], spread=beside)
    mean = rows.groupby(["width", "params"], as_index=False)["value"].mean()
    name = label("addition_mean_of").format
    mean = mean.assign(
        kind="miniature",
        addition_outcome="mean_of_seeds",
        spread=mean["params"].astype(float),
        model=[name(width=width) for width in mean["width"]],
    )
    rows = pd.concat([rows, mean], ignore_index=True)
    rows = pick(rows, addition_outcome=DRAWN[seeds_drawn])
    if own_metric == "cross_entropy":  # where k of the four digits are guessed and the others known
        guessed = {
            "kind": "reference",
            "value": [k * GUESSED for k in (1, 2, 3)],
            "model": [label(f"digits_guessed_{k}") for k in (1, 2, 3)],
        }
        rows = pd.concat([rows, pd.DataFrame(guessed)], ignore_index=True)
    rows = rows.assign(own_metric=own_metric).reindex(columns=[*SEEDS, "spread"])
    return rows.astype({"seed": "Int64"})


@own_seeds.draw
def _(rows, own_metric, seeds_drawn):
    sizes = {"ticks": sorted(int(p) for p in own_scores()["params"].unique()), "format": ",d"}
    return plot(
        rows,
        x=log("spread", (450, 40000), title="params", grid=False, **sizes),
        y=measured(own_metric),
        by=Series("addition_outcome", OUTCOMES, title="").only(DRAWN[seeds_drawn]),
        layers=[
            levels(),
            line({"addition_outcome": "mean_of_seeds"}),
            dots({"kind": "miniature"}, hollow=True, opacity=0.9),
        ],
        tips=("model", "params", "value"),
    )


@cache
def history() -> pd.DataFrame:
    """What was measured of every model while it was trained, with what became of it."""
    rows = data.curves(ADDITION, "history").sort_values(["width", "seed", "step"], kind="stable")
    outcome = own_scores()[["width", "seed", "addition_outcome"]]
    rows = rows.rename(columns={"step": "train_step"}).assign(kind="miniature")
    return rows.merge(outcome, on=["width", "seed"], validate="many_to_one")


@chapter.figure(
    "mini-addition-training",
    controls=lambda: [
        Choice(
            "own_width", tuple(str(width) for width in sorted(history()["width"].unique())), "12"
        ),
        Choice("own_metric", METRICS),
    ],
    runs=[ADDITION],
)
def own_learning(own_width, own_metric):
    """The measures of all models of one size (fractions, or nats per digit) by training step."""
    rows = pick(history(), width=int(own_width))
    rows = rows.assign(own_metric=own_metric, value=rows[own_metric])
    return rows["kind width params seed train_step own_metric value addition_outcome".split()]


@own_learning.draw
def _(rows, own_metric):
    return plot(
        rows,
        x=linear("train_step", (0, 1550), grid=False, nice=False),
        y=measured(own_metric, 2.4),
        by=Series("addition_outcome", OUTCOMES[:2], title=""),
        layers=[
            line(width=1.6, opacity=0.8),
            dots(alt.datum.train_step % 500 == 0, size=50, hollow=True),
        ],
        tips=("seed", "train_step", "value"),
        detail=["seed"],
    )
