"""The live part of the chapter: points in the plane as examples, and who answers what at every x."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import altair as alt
import numpy as np
import pandas as pd

from emergence.chart import Series, dots, line, linear, plot
from emergence.live import Live
from emergence.models import load, packed, regression

__all__ = ["regression_live"]

ANSWERS = ("reg_transformer", "reg_posterior_mean", "reg_least_squares", "reg_nearest")
STARTING_POINTS = ((-0.8, -0.7), (-0.3, -0.45), (0.1, 0.2), (0.6, 0.35))


def line_rows(points: Sequence[Sequence[float]], queries: Sequence[float]) -> pd.DataFrame:
    """What the four ways of answering say at `queries` after `points`: the table the live part draws, from NumPy."""
    given, queries = np.asarray(points, float), np.asarray(queries, float)
    shape = (len(queries), len(given), 2)
    X = np.broadcast_to(np.stack([np.ones(len(given)), given[:, 0]], 1), shape)
    Y = np.broadcast_to(given[:, 1], shape[:2])
    q = np.stack([np.ones(len(queries)), queries], 1)
    said = {"reg_transformer": regression.line_answers(load("regression", "lines"), given, queries)}
    for name, rule in regression.rivals(regression.LINES).items():
        said[f"reg_{name}"] = rule(regression.LINES, X, Y, q)
    parts = [
        {
            "kind": "miniature" if name == "reg_transformer" else "simulation",
            "regression_answers": name,
            "across": queries,
            "height": said[name],
        }
        for name in ANSWERS
    ]
    examples = {
        "kind": "simulation",
        "regression_answers": "reg_given",
        "across": given[:, 0],
        "height": given[:, 1],
    }
    return pd.concat([pd.DataFrame(part) for part in (*parts, examples)], ignore_index=True)


def plane() -> tuple[pd.DataFrame, alt.LayerChart]:
    """The points and the answers over the whole width, with an example."""
    rows = line_rows(STARTING_POINTS, np.linspace(-1, 1, 41))
    chart = plot(
        rows,
        x=linear("across", (-1, 1), ticks=5, nice=False),
        y=linear("height", (-2, 2), ticks=5, nice=False),
        by=Series("regression_answers", ANSWERS, title="", dashed=True, solid=["reg_transformer"]),
        layers=[
            line(alt.datum.regression_answers != "reg_given", clip=True),
            dots(
                {"regression_answers": "reg_given"},
                size=90,
                color="currentColor",
                shape="circle",
                tooltip=None,
            ),
        ],
    )
    return rows, chart


@cache
def regression_live() -> Live:
    """Points the reader moves, and the lines that a Transformer and three algorithms draw through them."""
    return Live(
        "icl-regression-live",
        "in_context_learning",
        "regression",
        {"plane": plane},
        runs=["regression"],
        assets={"lines": partial(packed, "regression", "lines")},
        options=lambda: {
            "points": [list(point) for point in STARTING_POINTS],
            "most": regression.LINES.examples,
            "noise": regression.LINES.noise,
            "penalty": regression.LINES.penalty,
            "answers": list(ANSWERS),
            "queries": 41,
        },
        room=(533, 647),
    )
