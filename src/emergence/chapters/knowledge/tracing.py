"""Where a fact passes on its way: causal traces, and what feed-forward layers answer to."""

from __future__ import annotations

from functools import cache

import altair as alt
import pandas as pd

from emergence.chart import (
    Axis,
    Panels,
    Series,
    band,
    cells,
    dots,
    label_expr,
    line,
    linear,
    pick,
    plot,
    published_fractions,
    share,
    zero,
)
from emergence.figure import Choice
from emergence.text import label

from .tables import COMPONENTS, TOKENS, TRACED, chapter, heat, traces

__all__ = ["trace_map", "trace_lines", "ffn_memories"]

ROME_FIGURES = ["rome_fig7_causal_trace_gpt2xl", "rome_fig9_causal_trace_other_models"]


def tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("layer:Q", title=label("layer")),
        alt.Tooltip("value:Q", title=label("aie_short"), format=".1%"),
    ]


@chapter.figure(
    "knowledge-trace-map",
    tables=ROME_FIGURES,
    controls=[Choice("model", TRACED)],
    columns="kind model params component token_position layer metric value".split(),
)
def trace_map(model):
    """Probability (fraction) that returns when one state is restored, by token and depth, for three kinds of states."""
    return pick(traces(), model=model).drop(columns=["ci_low", "ci_high"])


@trace_map.draw
def _(rows, columns):
    names = {"labelExpr": label_expr(TOKENS), "labelLimit": 130, "tickSize": 0, "domain": False}
    quarters = {"ticks": (0, 0.25, 0.5, 0.75, 1), "grid": False, "nice": False}
    color = heat("value", "aie_short", 0.09, (0, 0.03, 0.06, 0.09))
    chart = plot(
        rows,
        x=share("depth", (0, 1), **quarters),
        y=Axis("token_position:N", {}, names, "", {"sort": list(TOKENS)}),
        layers=[cells(x2="edge:Q", color=color, tooltip=tips(), aria=False)],
        panels=Panels("component", COMPONENTS),
        columns=columns,
    )
    # An overlap hides the hairlines between cells.
    return chart.transform_calculate(edge=alt.expr.min(1, alt.datum.depth_end + 0.004))


RANGES = {
    "first_subject_token": (-0.18, 0.06),
    "middle_subject_tokens": (-0.06, 0.06),
    "last_subject_token": (-0.02, 0.12),
    "first_subsequent_token": (-0.02, 0.04),
    "further_tokens": (-0.02, 0.04),
    "last_token": (-0.03, 0.27),
}


@chapter.figure(
    "knowledge-trace-lines",
    tables=ROME_FIGURES,
    controls=[Choice("model", TRACED), Choice("token_position", TOKENS, "last_subject_token")],
    columns="kind model params component token_position layer metric value ci_low ci_high".split(),
)
def trace_lines(model, token_position):
    """Probability (fraction) that returns when one state at a token is restored, by depth, with its 95 percent interval."""
    return pick(traces(), model=model, token_position=token_position)


@trace_lines.draw
def _(rows, token_position):
    interval = alt.expr.isValid(alt.datum.ci_low)
    return plot(
        rows,
        x=share("depth", (0, 1), ticks=5, grid=False, nice=False),
        y=share(domain=RANGES[token_position], title="aie_axis"),
        by=Series("component", COMPONENTS, title="", more={"symbolOpacity": 1}),
        layers=[
            zero("y"),
            band("ci_low", "ci_high", interval, opacity=0.25, aria=False),
            line(),
            dots(size=22, tooltip=[alt.Tooltip("component:N"), *tips()], aria=False),
        ],
        height=300,
    )


@cache
def geva() -> pd.DataFrame:
    """Geva et al. 2021, Figures 2, 4, 9 and 3: value by layer as a fraction; `measure` names the figure's question."""
    rows = published_fractions("geva2021_ffn_memories_by_layer")
    names = {
        "Figure 2": "patterns",
        "Figure 4": "key_value_agreement",
        "Figure 9": "residual_final",
        "Figure 3": "token_removal",
    }
    rows["measure"] = rows["figure"].str.split(":").str[0].map(names)
    rows = rows.dropna(subset=["measure"]).rename(columns={"quantity": "response"})
    return rows[["kind", "model", "layer", "measure", "response", "value"]]


MEASURES = {
    "patterns": ((0, 0.8), ("shallow", "semantic", "shallow+semantic", "not_covered")),
    "key_value_agreement": ((0, 0.04), ("agreement_rate",)),
    "residual_final": ((0, 1), ("residual_predicts_final_output",)),
    "token_removal": (
        (-0.8, 0),
        ("remove_last_token", "remove_first_token", "remove_random_token"),
    ),
}


@chapter.figure(
    "knowledge-ffn-memories",
    tables=["geva2021_ffn_memories_by_layer"],
    controls=[Choice("measure", tuple(MEASURES))],
)
def ffn_memories(measure):
    """What the neurons of a 16-layer model's feed-forward layers respond to, and how much they decide (fractions), by layer."""
    return pick(geva(), measure=measure)


@ffn_memories.draw
def _(rows, measure):
    limits, responses = MEASURES[measure]
    form = ".1%" if measure == "key_value_agreement" else ".0%"
    layers = {"title": "layer_of_16", "ticks": range(2, 17, 2), "grid": False, "nice": False}
    return plot(
        rows,
        x=linear("layer", (0.5, 16.5), **layers),
        y=share(domain=limits, title=measure + "_axis", format=form),
        by=Series("response", responses, title=""),
        layers=[line(), dots(size=60)],
        tips=("layer", "response", "value"),
        height=300,
    )
