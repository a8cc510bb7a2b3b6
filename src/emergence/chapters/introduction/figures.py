"""Figures of the introduction: three shapes of scaling, what can be forecast, the marks, traffic, the timeline."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from emergence.chart import (
    KINDS,
    PALETTE,
    Layer,
    Panels,
    Series,
    dots,
    kind_scales,
    label_expr,
    line,
    linear,
    log,
    plot,
    share,
    size,
    words,
)
from emergence.figure import Choice, Predict, Slider
from emergence.text import label

from .ring_road import CELLS, SLOWDOWN, STEPS, drive
from .tables import (
    ARCHITECTURES,
    ARITHMETIC,
    FAMILIES,
    INVERSE,
    OFFERED,
    TABLES,
    VOCABULARY,
    chapter,
    gpt3,
    kaplan_loss,
    loss,
    models,
    palm,
)

__all__ = ["three_shapes", "forecast_three", "loss_law", "traffic", "timeline"]


@chapter.figure(
    "three-shapes",
    tables=TABLES,
    curve=["panel", "family", "task"],
    controls=[Choice("arithmetic_task", ARITHMETIC, "3D+"), Choice("inverse_task", INVERSE)],
    columns=OFFERED,
)
def three_shapes(arithmetic_task, inverse_task):
    """Loss (nats per token), accuracy in arithmetic and on an inverse-scaling task (fractions), against size."""
    rows = [loss(), gpt3(arithmetic_task), palm(inverse_task)]
    return pd.concat([part.astype(object) for part in rows])


NATS, PERCENT = (alt.expr.format(alt.datum.value, look) for look in (".0f", ".0%"))
LOSS_OR_PERCENT = alt.expr.if_(alt.datum.value > 1, NATS, PERCENT)


@three_shapes.draw
def _(rows, columns):
    panels = ("loss", "arithmetic", "inverse")
    chance = {"y": alt.Y("max(chance):Q", title=None)}
    shares = dict.fromkeys(panels[1:], (0, 1))
    return plot(
        rows,
        x=log("params", ticks=4, billions=True, grid=False),
        y=linear(title="", ticks=5, guide={"labelExpr": LOSS_OR_PERCENT}, zero=False, nice=False),
        by=Series("family", FAMILIES),
        layers=[
            line(),
            dots(size=55),
            Layer("rule", (), {"aria": False}, alt.expr.isValid(alt.datum.chance), chance),
        ],
        panels=Panels(
            "panel",
            panels,
            height=180,
            independent=("x", "y"),
            prefix="panel_",
            padding=4,
            limits={"loss": (2, 6.2), **shares},
        ),
        columns=columns,
    )


SEEN = {"addition": 7e9, "test_loss": 1.2e8, "hindsight": 7e10}
"""Models up to this many parameters are shown before the forecast."""


def series(quantity):
    """The series of the first figure that `quantity` names."""
    every = {"addition": gpt3("3D+"), "test_loss": loss(), "hindsight": palm("hindsight_neglect")}
    return every[quantity]


@chapter.figure(
    "forecast-three",
    tables=TABLES,
    curve=["family", "task"],
    controls=[Choice("quantity", tuple(SEEN))],
    predict=Predict("held_back", 0.5, "params", "value", {"kind": "published"}),
    columns=OFFERED,
)
def forecast_three(quantity):
    """The three series of the first figure one at a time, the largest models held back."""
    # Two runs share the largest size of the loss curve; a forecast has one answer, the better run.
    rows = series(quantity).astype(object).drop_duplicates("params")
    return rows.assign(held_back=(rows["params"] > SEEN[quantity]).astype(int))


@forecast_three.draw
def _(rows, quantity):
    loss_axis = linear(domain=(1.5, 6.5), format=".1f", title="panel_loss")
    return plot(
        rows,
        x=size("params", over=series(quantity)),
        y=loss_axis if quantity == "test_loss" else share(),
        by=Series("family", FAMILIES).without_legend(),  # the control says which family is drawn
        layers=[line(), dots()],
    )


@chapter.figure("loss-law", tables=["kaplan2020_fig1_loss_vs_scale", "kaplan_power_laws"])
def loss_law():
    """Test loss (nats per token) against size, the printed power law, and the loss of a uniform guess."""
    rows = loss()[["kind", "params", "value"]]
    params = np.geomspace(rows["params"].min(), rows["params"].max(), 40)
    law = pd.DataFrame({"kind": "fit", "params": params, "value": kaplan_loss(params)})
    guess = pd.DataFrame({"kind": ["reference"], "params": [None], "value": [np.log(VOCABULARY)]})
    return pd.concat([part.astype(object) for part in (rows, law, guess)])


def marks_of_kinds():
    """The dashes of each kind of number, with a legend of all of them."""
    dash = kind_scales()["strokeDash"].title(label("kind_of_number"))
    ink = {"symbolType": "stroke", "symbolStrokeColor": "currentColor", "symbolStrokeWidth": 2}
    return dash.legend(labelExpr=label_expr(KINDS), columns=2, symbolSize=500, **ink)


@loss_law.draw
def _(rows):
    guess = {"kind": "reference"}
    unseen = alt.condition(alt.datum.kind == "published", alt.value(0), alt.value(1))
    name = {"align": "right", "dy": -7, "fontSize": 12, "x": "width"}
    return plot(
        rows,
        x=size("params", over=loss()),
        y=log("value", (2, 12), ticks=(2, 3, 4, 6, 8, 10, 12), format="d", title="panel_loss"),
        layers=[
            line(color=PALETTE[0], strokeDash=marks_of_kinds(), opacity=unseen),
            dots({"kind": "published"}, color=PALETTE[0]),
            Layer("rule", ("y",), {}, guess),
            Layer("text", ("y",), name, guess, {"text": alt.value(label("uniform_guess"))}),
        ],
        height=300,
    )


@chapter.figure(
    "traffic",
    controls=[Slider("density", 0.05, 0.5, 0.05, 0.2, format=".0%")],
    simulation=True,
)
def traffic(density):
    """Simulated cars on a ring road: place (cells) by time step, standing or moving."""
    cars = round(CELLS * density)
    position, speed = drive(CELLS, cars, STEPS, SLOWDOWN, seed=1972)
    rows = {
        "kind": "simulation",
        "density": density,
        "step": np.repeat(np.arange(1, STEPS + 1), cars),
        "cell": position.ravel(),
        "speed": speed.ravel(),
        "motion": np.where(speed.ravel() == 0, "standing", "moving"),
    }
    return pd.DataFrame(rows)


@traffic.draw
def _(rows):
    return plot(
        rows,
        x=linear("cell", (-1, CELLS), ticks=None, grid=False, nice=False),
        y=linear("step", (STEPS + 1, 0), ticks=None, grid=False, nice=False),
        by=Series("motion", ("moving", "standing"), title=""),
        layers=[dots(size=22, tooltip=None, aria=False)],
        height=380,
    )


LANDMARKS = {
    "Transformer (big)": "Transformer",
    "BERT-Large": "BERT",
    "GPT-3 175B": "GPT-3",
    "PaLM 540B": "PaLM",
    "GPT-4": "GPT-4",
    "Grok-3": "Grok-3",
}
"""Models named in the drawing, by the name written there: few and short, so that they fit a phone."""
TOLD = "model organization date architecture params train_flops epoch_confidence note"


@chapter.figure(
    "llm-timeline",
    tables=["llm_timeline"],
    controls=[
        Choice("y", ("train_flops", "params")),
        Choice("group", ("every_group", *ARCHITECTURES)),
    ],
    columns=TOLD.split(),
)
def timeline(y, group):
    """Training compute (FLOPs) or number of parameters of language models by date of publication."""
    rows = models().dropna(subset=[y])
    rows = rows if group == "every_group" else rows[rows["group"] == group]
    rows = rows.assign(
        value=rows[y].astype(float),
        date=rows["date"].dt.strftime("%Y-%m-%d"),
        landmark=[LANDMARKS.get(name) for name in rows["model"]],
    )
    columns = "kind model family organization date year group architecture params train_flops"
    return rows[[*columns.split(), "certainty", "epoch_confidence", "note", "value", "landmark"]]


@timeline.draw
def _(rows, y):
    domain = (5e7, 3e12) if y == "params" else (1e17, 2e27)
    return plot(
        rows,
        x=linear(
            "year", (2016.7, 2025.7), title="date", ticks=9, format="d", grid=False, nice=False
        ),
        y=size("value", domain=domain, title=y),
        by=Series("group", tuple(ARCHITECTURES), title=""),
        layers=[
            dots({"certainty": "as_reported"}, size=60),
            dots({"certainty": "estimate"}, size=60, hollow=True),
            words("landmark", alt.expr.isValid(alt.datum.landmark), align="center", dy=-11),
        ],
        tips=TOLD.split(),
        height=380,
    )
