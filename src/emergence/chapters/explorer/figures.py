"""The explorer: every evaluation of the data package in one chart, searched and drawn in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

import altair as alt
import pandas as pd

from emergence import data
from emergence.chart.axes import quote
from emergence.live import Live
from emergence.text import has_label, label
from emergence.theme import PALETTE, SHAPES

from . import curves, selection

__all__ = ["explorer"]

COLUMNS = ("curve", *selection.COLUMNS)
TABLE = (
    "curve",
    "kind",
    "family",
    "model",
    "task",
    "setting",
    "n_shots",
    "metric",
    "value",
    "unit",
    "ci_low",
    "ci_high",
    "params",
    "train_tokens",
    "train_flops",
    "date",
    "x",
    "paper",
    "locator",
    "table",
    "setup",
    "note",
)
LOG_ODDS = [
    round(v, 6)
    for v in (
        -6.906755,
        -4.59512,
        -2.944439,
        -2.197225,
        -1.098612,
        0,
        1.098612,
        2.197225,
        2.944439,
        4.59512,
        6.906755,
    )
]
"""0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99 and 99.9 %."""


def numbers() -> dict[str, object]:
    """Numbers of this page's prose and caption."""
    all_rows, listed = data.evaluations(), curves.store().curves
    drawn = selection.select(**selection.default())
    addition, story = (
        drawn[(drawn["slot"] == slot) & (drawn["kind"] == "published")].sort_values("x")["value"]
        for slot in (0, 1)
    )
    return {
        "rows": f"{len(all_rows):,}",
        "tasks": f"{all_rows['task'].nunique():,}",
        "tables": f"{all_rows['table'].nunique()}",
        "models": f"{all_rows['model'].nunique():,}",
        "curves": f"{len(listed):,}",
        "papers": f"{all_rows['source'].nunique()}",
        "flagged": f"{int(all_rows['flag'].notna().sum()):,}",
        "low_mmlu": str(int((_against_mmlu()["x"] < 0.3).sum())),
        "first_add": f"{100 * addition.iloc[0]:.1f}",
        "before_add": f"{100 * addition.iloc[-2]:.1f}",
        "last_add": f"{100 * addition.iloc[-1]:.1f}",
        "first_story": f"{100 * story.iloc[0]:.1f}",
        "before_story": f"{100 * story.iloc[-2]:.1f}",
        "last_story": f"{100 * story.iloc[-1]:.1f}",
    }


def _against_mmlu() -> pd.DataFrame:
    """The base models of the observational study: school problems (GSM8K, y) against MMLU (x)."""
    field = curves.curve_id(table="obs_base_llm_benchmarks", family=curves.ALL, task="GSM8K")
    return selection.select(curves=(field,), x="task", other="MMLU", lines=False)


def link(**state: object) -> str:
    """The address, from its own page, of the explorer in this state. `curves` may hold keys for `curve_id`."""
    if isinstance(state.get("curves"), Sequence) and not isinstance(state["curves"], str):
        state["curves"] = [
            curves.curve_id(**c) if isinstance(c, dict) else c for c in state["curves"]
        ]
    full = selection.state(**state)
    pairs = {
        "c": ".".join(full["curves"]),
        "x": full["x"],
        "other": full["other"],
        "xscale": full["xscale"],
        "y": full["y"],
        "lines": str(int(full["lines"])),
        "fit": str(int(full["fit"])),
    }
    from urllib.parse import quote

    return "#fig-explorer?" + "&".join(
        f"{k}={quote(v, safe='')}" for k, v in pairs.items() if v is not None
    )


def _example() -> pd.DataFrame:
    frame = selection.select(**selection.default())
    names = {
        slot: f"{label(key['task'])}, {label(key['setting'])}"
        for slot, key in enumerate(selection.DEFAULT)
    }
    named = [
        label(row.model) if row.kind == "reference" else names[row.slot]
        for row in frame.itertuples()
    ]
    return frame.assign(curve=named)[list(COLUMNS)]


def _round(axis: str) -> str:
    """Which ticks of a logarithmic axis get a label: powers of ten, on an axis of two decades or less their doubles and quintuples too."""
    digit = "round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))"
    return f"({digit} === 1 || (log(domain('{axis}')[1] / domain('{axis}')[0]) < 5 && ({digit} === 2 || {digit} === 5)))"


def _chart(x_scale: str, y_scale: str, legend: bool = False) -> tuple[pd.DataFrame, alt.Chart]:
    frame = _example()
    words = "abs(datum.value) >= 1e15 ? format(datum.value, '~e') : abs(datum.value) >= 1e4 ? replace(format(datum.value, '~s'), 'G', 'B') : format(datum.value, '~r')"
    x = alt.X(
        "x:Q",
        title=label("params") if legend else "@x",
        axis=alt.Axis(
            grid=False,
            tickCount=6,
            labelExpr=words if x_scale == "linear" else f"{_round('x')} ? {words} : ''",
        ),
        scale=alt.Scale(
            type=x_scale, nice=False, padding=14, **({} if x_scale == "log" else {"zero": False})
        ),
    )
    share = "fraction ? format(datum.value, '.0%') : format(datum.value, '~g')"
    if y_scale == "logit":
        axis = alt.Axis(values=LOG_ODDS, labelExpr="format(1 / (1 + exp(-datum.value)), '.4~p')")
        scale = alt.Scale(zero=False, nice=False, padding=8)
    elif y_scale == "log":
        axis, scale = (
            alt.Axis(
                tickCount=6,
                labelExpr=f"{_round('y')} ? (fraction ? format(datum.value, '~%') : format(datum.value, '~r')) : ''",
            ),
            alt.Scale(type="log", nice=False, padding=8),
        )
    else:
        axis = alt.Axis(tickCount=6, labelExpr=share)
        scale = alt.Scale(
            zero=False,
            domainMin={"expr": "fraction ? 0 : null"},
            domainMax={"expr": "fraction ? 1 : null"},
        )
    y = alt.Y("y:Q", title=label("value") if legend else "@y", scale=scale, axis=axis)
    slots = list(range(selection.MOST))
    names = list(dict.fromkeys(frame.loc[frame["kind"] == "published", "curve"]))
    said = (
        "{"
        + ",".join(f"'{slot}':{quote(name)}" for slot, name in enumerate(names))
        + "}[datum.value]"
    )
    words = (
        alt.Legend(title=None, labelExpr=said, symbolOpacity=1, values=slots[: len(names)])
        if legend
        else None
    )
    color = alt.Color("slot:N", scale=alt.Scale(domain=slots, range=list(PALETTE)), legend=words)
    shape = alt.Shape("slot:N", scale=alt.Scale(domain=slots, range=list(SHAPES)), legend=words)
    tips = [
        alt.Tooltip(f"{c}:N", title=label(c))
        for c in ("model", "curve", "score", "horizontal", "paper", "locator", "note")
    ]
    frame = frame.assign(score="", horizontal="")
    base = alt.Chart(frame)
    fit, measured = (
        base.transform_filter("datum.kind === 'fit'"),
        base.transform_filter("datum.kind === 'published'"),
    )
    flat = base.transform_filter("datum.kind === 'reference'")
    layers = [
        fit.mark_area(opacity=0.16, line=False).encode(
            x, alt.Y("low:Q", title=y.to_dict()["title"]), alt.Y2("high:Q"), color
        ),
        fit.mark_line(strokeWidth=2, strokeDash=[8, 4]).encode(x, y, color),
        measured.transform_filter("isValid(datum.run)")
        .mark_line(strokeWidth=1.8)
        .encode(x, y, color, alt.Detail("run:N")),
        measured.transform_filter("isValid(datum.low)")
        .mark_rule(strokeDash=[1, 0])
        .encode(x, alt.Y("low:Q"), alt.Y2("high:Q"), color),
        # A flagged value is drawn hollow.
        measured.mark_point(size={"expr": "dot"}, filled=False, strokeWidth=1.8, opacity=1).encode(
            x,
            y,
            color,
            shape,
            fill=alt.Fill(
                "slot:N", scale=alt.Scale(domain=slots, range=list(PALETTE)), legend=None
            ),
            fillOpacity=alt.condition("isValid(datum.flag)", alt.value(0), alt.value(1)),
            tooltip=tips,
        ),
        flat.mark_rule().encode(y=y),
        flat.mark_text(align="right", dy=-6, fontSize=11, x="width").encode(y=y, text="curve:N"),
    ]
    chart = (
        alt.layer(*layers)
        .add_params(alt.param("fraction", value=True), alt.param("dot", value=64))
        .properties(width="container", height=360)
    )
    return frame, chart


@cache
def explorer() -> Live:
    """Every evaluation, curve by curve."""
    tasks = set(curves.store().curves["task"])
    shown = {
        *tasks,
        *curves.store().curves["setting"].dropna(),
        *curves.store().curves["metric"],
        *curves.store().curves["unit"],
        *selection.X,
        "chance",
        "human",
    }
    return Live(
        "explorer",
        "explorer",
        "explorer",
        charts={
            f"{x}-{y}": lambda x=x, y=y: _chart(x, y)
            for x, y in product(("log", "linear"), selection.Y)
        },
        tables=tuple(curves.store().curves["table"].unique()),
        columns={f"{x}-{y}": TABLE for x, y in product(("log", "linear"), selection.Y)},
        options=lambda: {
            "key": list(curves.KEY),
            "x": list(selection.X),
            "y": list(selection.Y),
            "most": selection.MOST,
            "palette": list(PALETTE),
            "start": list(selection.default()["curves"]),
            "labels": {k: label(k) for k in sorted(shown) if has_label(k)},
            "first": curves.packed(
                [c for id in selection.default()["curves"] for c in curves.store().known[id]]
            ),
        },
        assets={"rows": curves.pack},
        still=lambda: _chart("log", "linear", legend=True),
        facts=numbers,
        room=(1044, 1346),
    )
