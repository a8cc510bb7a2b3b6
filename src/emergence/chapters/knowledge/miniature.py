"""Facts in miniature: two Transformers that know invented facts, traced and edited."""

from __future__ import annotations

from functools import cache

import altair as alt
import pandas as pd

from emergence import data
from emergence.chart import (
    PALETTE,
    Axis,
    Layer,
    Panels,
    Series,
    cells,
    dots,
    label_expr,
    line,
    linear,
    log,
    named_rows,
    pick,
    plot,
    share,
)
from emergence.figure import Choice
from emergence.models import facts as world
from emergence.text import label

from .tables import chapter, heat

__all__ = ["facts_trace", "facts_edits", "facts_capacity"]

MODELS = ("facts_designed", "facts_plain")
PLACES = tuple(f"{component}_{layer}" for component in world.COMPONENTS for layer in (1, 2, 3))
METHODS = (
    "rank_one_1",
    "rank_one_alone_1",
    "rank_one_2",
    "rank_one_alone_2",
    "rank_one_3",
    "rank_one_alone_3",
    "fine_tuning",
)


def plot_map(rows: pd.DataFrame, title: str, **more):
    """Heat map: places in the network (component and layer) by positions of the prompt. A place a model lacks stays empty."""
    bare = {"tickSize": 0, "domain": False}
    aslant = {"labelAngle": -45, "labelLimit": 90, "labelOverlap": False, **bare}
    positions = {"labelExpr": label_expr(world.POSITIONS), **aslant}
    places = {"labelExpr": label_expr(PLACES), "labelLimit": 120, **bare}
    tips = [alt.Tooltip(f"{c}:N", title=label(c)) for c in ("fact_place", "fact_position")]
    tips.append(alt.Tooltip("value:Q", title=label(title), format=".1%"))
    return plot(
        rows,
        x=Axis("fact_position:N", {"domain": list(world.POSITIONS)}, positions, ""),
        y=Axis("fact_place:N", {"domain": list(PLACES)}, places, ""),
        layers=[cells(color=heat("value", title, 1, (0, 0.5, 1)), tooltip=tips, aria=False)],
        **more,
    )


@cache
def traced() -> pd.DataFrame:
    """Both interventions on both models: mean, least and greatest of three seeds, as shares of probability."""
    rows = data.curves("facts", "trace")
    rows = rows.assign(
        facts_repair=rows["effect"],
        facts_loss=rows["clean"] - rows["ablated"],
        kind="miniature",
        facts_model="facts_" + rows["model"],
        fact_place=rows["component"] + "_" + (rows["layer"] + 1).astype(str),
        fact_position=rows["position"],
    )
    key = ["kind", "facts_model", "fact_place", "fact_position"]
    rows = rows.melt([*key, "seed"], ["facts_repair", "facts_loss"], "facts_question")
    seeds = rows.groupby(["facts_question", *key], sort=False)["value"]
    return seeds.agg(value="mean", seed_low="min", seed_high="max").reset_index().round(4)


@chapter.figure(
    "knowledge-facts-trace",
    runs=["facts"],
    controls=[Choice("facts_question", ("facts_repair", "facts_loss"))],
)
def facts_trace(facts_question):
    """Probability (fraction) that one place in each of two networks gives back, or takes away, by position of the prompt."""
    return pick(traced(), facts_question=facts_question).drop(columns="facts_question")


@facts_trace.draw
def _(rows, columns):
    panels = Panels("facts_model", MODELS, width=190, height=200)
    return plot_map(rows, "facts_share", panels=panels, columns=columns)


@cache
def edited() -> pd.DataFrame:
    """One row per edit, method and score; `fact_method` names method and layer (counted from 1)."""
    rows = data.curves("facts", "edits")
    layer = ("_" + (rows["layer"] + 1).astype(str)).where(rows["layer"] >= 0, "")
    rows = rows.assign(
        kind="miniature", facts_model="facts_" + rows["model"], fact_method=rows["method"] + layer
    )
    rows["edit"] = rows.groupby(["facts_model", "fact_method"]).cumcount() + 1
    key = ["kind", "facts_model", "fact_method", "edit"]
    rows = rows.melt(key, list(world.GOALS), "facts_goal")
    return rows.assign(facts_goal="facts_" + rows["facts_goal"])


@chapter.figure(
    "knowledge-facts-edits",
    runs=["facts"],
    controls=[
        Choice("facts_model", MODELS),
        Choice("facts_goal", tuple(f"facts_{goal}" for goal in world.GOALS), "facts_same_subject"),
    ],
)
def facts_edits(facts_model, facts_goal):
    """Right answers (fractions) after each of twenty edits, by method, and their mean."""
    return pick(edited(), facts_model=facts_model, facts_goal=facts_goal)


@facts_edits.draw
def _(rows, facts_model):  # the rows on the axis depend on the model
    methods = [method for method in METHODS if method in set(rows["fact_method"])]
    quarters = {"ticks": (0, 0.25, 0.5, 0.75, 1), "nice": False}
    tips = [
        alt.Tooltip("edit:Q", title=label("edit")),
        alt.Tooltip("value:Q", title=label("facts_answers"), format=".1%"),
    ]
    edit = {"color": PALETTE[0], "yOffset": alt.YOffset("edit:O"), "tooltip": tips, "aria": False}
    stroke = {"thickness": 3, "size": 30, "color": PALETTE[1]}
    return plot(
        rows,
        x=share("value", (-0.02, 1.02), title="facts_answers", **quarters),
        y=named_rows("fact_method", methods, limit=170),
        layers=[
            dots(size=22, hollow=True, strokeWidth=1.5, **edit),
            Layer("tick", ("y",), stroke, None, {"x": alt.X("mean(value):Q")}),
        ],
        height=46 * len(methods),
    )


@chapter.figure("knowledge-facts-capacity", runs=["facts"], curve=["facts_width"])
def facts_capacity():
    """Bits of facts that small networks store per parameter, by the number of facts they are taught."""
    rows = data.curves("facts", "capacity")
    rows = rows.assign(kind="miniature", facts_width="width_" + rows["width"].astype(str))
    return rows[["kind", "facts_width", "params", "facts", "bits", "bits_per_param", "accuracy"]]


@facts_capacity.draw
def _(rows):
    doubled = {"ticks": (500, 1000, 2000, 4000, 8000), "format": ",", "grid": False}
    return plot(
        rows,
        x=log("facts", (400, 10_000), **doubled),
        y=linear("bits_per_param", (0, 2.4), ticks=5, nice=False),
        by=Series("facts_width", ("width_8", "width_16"), title=""),
        layers=[line(), dots(hollow=True)],
        tips=("facts_width", "params", "facts", "bits_per_param", "accuracy"),
        height=300,
    )
