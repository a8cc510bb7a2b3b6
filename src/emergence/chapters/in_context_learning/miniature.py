"""In-context learning in miniature: small Transformers trained to answer regressions from the examples before them."""

from __future__ import annotations

import numpy as np

from emergence.chart import Axis, Series, dots, line, linear, log, pick, plot
from emergence.figure import Choice

from .tables import DEPTHS, RIVALS, chapter, regression_record

__all__ = ["regression_errors", "regression_distances"]


@chapter.figure(
    "icl-regression",
    runs=["regression"],
    curve=["regression_answers", "seed"],
    controls=[Choice("regression_layers", tuple(f"layers_{n}" for n in DEPTHS), "layers_4")],
)
def regression_errors(regression_layers):
    """Squared error by number of examples, of Transformers of one depth and of four algorithms."""
    layers = int(regression_layers.removeprefix("layers_"))
    rows = pick(regression_record("errors"), layers=[0, layers])
    kind = np.where(rows["answers"] == "transformer", "miniature", "simulation")
    columns = "kind regression_answers layers params seed examples squared_error"
    return rows.assign(kind=kind)[columns.split()]


@regression_errors.draw
def _(rows):
    names = tuple(f"reg_{name}" for name in ("transformer", *RIVALS))
    examples = {"title": "regression_examples", "ticks": 8, "grid": False, "nice": False}
    return plot(
        rows,
        x=linear("examples", (0, 15.3), **examples),
        y=linear("squared_error", (0, 2.2), nice=False, clamp=True),
        by=Series("regression_answers", names, title=""),
        layers=[line(), dots(size=60, hollow=True)],
        tips=("regression_answers", "seed", "examples", "squared_error"),
        detail=["seed"],
        height=330,
    )


SEEN = tuple(f"examples_{k}" for k in (2, 3, 5, 8, 12))


@chapter.figure(
    "icl-regression-distance",
    runs=["regression"],
    curve=["regression_answers", "seed"],
    controls=[Choice("regression_examples_seen", SEEN, "examples_5")],
)
def regression_distances(regression_examples_seen):
    """Squared distance of the Transformers' answers from those of four algorithms, by depth."""
    examples = int(regression_examples_seen.removeprefix("examples_"))
    rows = pick(regression_record("distances"), examples=examples).assign(kind="miniature")
    columns = "kind regression_answers layers params seed examples squared_distance"
    return rows[columns.split()]


@regression_distances.draw
def _(rows):
    names = tuple(f"reg_{name}" for name in RIVALS)
    tips = "regression_answers layers params seed examples squared_distance"
    return plot(
        rows,
        x=Axis("layers:O", {}, {"labelAngle": 0}, "regression_depth"),
        y=log("squared_distance", (0.001, 3), ticks=4, clamp=True),
        by=Series("regression_answers", names, title=""),
        layers=[line(), dots(size=80, hollow=True)],
        tips=tips.split(),
        detail=["seed"],
    )
