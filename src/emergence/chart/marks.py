"""The marks all chapters share: how a curve, a reference line and a set of small multiples look."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from emergence.text import label
from emergence.theme import PALETTE, SHAPES, kind_scales

TOOLTIP = (
    "model",
    "params",
    "train_flops",
    "task",
    "setting",
    "n_shots",
    "metric",
    "value",
    "locator",
)
"""Columns shown when a point is hovered, in this order, where the frame has them."""


def axis_x(frame: pd.DataFrame, column: str, log: bool = True, title: str | None = None) -> alt.X:
    """Horizontal axis over the whole range of `column`; powers of ten when `log`, with a little air at both ends."""
    low, high = frame[column].min(), frame[column].max()
    domain = (
        [low / 1.3, high * 1.3] if log else [low - (high - low) * 0.03, high + (high - low) * 0.03]
    )
    scale = alt.Scale(
        type="log" if log else "linear",
        domain=[float(f"{v:.3g}") for v in domain],
        nice=False,
        **({} if log else {"zero": False}),
    )
    # Billions read better than giga-parameters.
    axis = alt.Axis(
        format="~e" if high >= 1e15 else "~s" if log else "",
        tickCount=6,
        grid=False,
        labelExpr="replace(datum.label, 'G', 'B')" if log and high < 1e15 else alt.Undefined,
    )
    return alt.X(
        f"{column}:Q", scale=scale, axis=axis, title=label(column) if title is None else title
    )


def axis_y(
    column: str = "value",
    domain: Sequence[float] | None = (0, 1),
    title: str | None = None,
    format: str = ".0%",
    **scale,
) -> alt.Y:
    """Vertical axis; scores are fractions shown as percentages unless `format` says otherwise."""
    limits = (
        alt.Scale(domain=list(domain), **scale)
        if domain is not None
        else alt.Scale(zero=False, **scale)
    )
    return alt.Y(
        f"{column}:Q",
        scale=limits,
        axis=alt.Axis(format=format, tickCount=6),
        title=label(column) if title is None else title,
    )


def tooltip(frame: pd.DataFrame, columns: Sequence[str] = TOOLTIP) -> list[alt.Tooltip]:
    numeric = {c for c in columns if c in frame and pd.api.types.is_numeric_dtype(frame[c])}
    formats = {"value": ".3~g", "params": ".3~s", "train_flops": ".2e", "train_tokens": ".3~s"}
    return [
        alt.Tooltip(
            f"{c}:{'Q' if c in numeric else 'N'}",
            title=label(c),
            **({"format": formats.get(c, ".4~g")} if c in numeric else {}),
        )
        for c in columns
        if c in frame
    ]


def series(
    column: str, domain: Sequence[str], title: str | None = None
) -> tuple[alt.Color, alt.Shape]:
    """Color and shape of a series column, always together: no reader has to tell curves apart by color alone.

    `domain` fixes which series gets which color in every state of a figure. At most eight series.
    """
    names = list(domain)
    if len(names) > len(PALETTE):
        raise ValueError(
            f"{len(names)} series in {column}; at most {len(PALETTE)} can be told apart"
        )
    legend = alt.Legend(
        title=label(column) if title is None else (title or None), labelExpr=label_expr(names)
    )
    return (
        alt.Color(
            f"{column}:N",
            scale=alt.Scale(domain=names, range=list(PALETTE[: len(names)])),
            legend=legend,
        ),
        alt.Shape(
            f"{column}:N",
            scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])),
            legend=legend,
        ),
    )


DASHES = (
    (8, 4),
    (2, 3),
    (9, 3, 2, 3),
    (16, 4),
    (5, 2, 1, 2),
    (12, 3, 2, 3, 2, 3),
    (3, 6),
    (18, 3, 6, 3),
)


def dashes(column: str, domain: Sequence[str], solid: Sequence[str] = ()) -> alt.StrokeDash:
    """Dashes of a series column drawn as lines without marks, beside the color of `series`; those named in `solid` are not broken."""
    broken = iter(DASHES)
    color, _ = series(column, domain, title="")
    return alt.StrokeDash(
        f"{column}:N",
        scale=alt.Scale(
            domain=list(domain),
            range=[[1, 0] if name in solid else list(next(broken)) for name in domain],
        ),
        legend=color["legend"],
    )


def quote(text: str) -> str:
    """`text` as a string of a Vega expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def label_expr(keys: Sequence[str], prefix: str = "") -> str:
    """A Vega expression that turns a key (``datum.value``) into the label of `prefix` + key."""
    return "{" + ",".join(f"{quote(k)}:{quote(label(prefix + k))}" for k in keys) + "}[datum.value]"


def named_rows(column: str, keys: Sequence[str], limit: int = 210) -> alt.Y:
    """Vertical axis of labels, one row per key, in the given order; labels are cut at `limit` pixels."""
    return alt.Y(
        f"{column}:N",
        sort=list(keys),
        title=None,
        axis=alt.Axis(
            labelExpr=label_expr(keys),
            labelLimit=limit,
            grid=True,
            tickSize=0,
            domain=False,
            labelPadding=6,
        ),
    )


def percent(value: float, digits: int = 1, trim: bool = False) -> str:
    """A fraction in percent, without the sign: 0.439 -> '43.9'. `trim` drops a final '.0'."""
    text = f"{100 * value:.{digits}f}"
    return text.removesuffix(".0") if trim else text


def points(value: float) -> str:
    """A difference of fractions in percentage points, with its sign: -0.031 -> '−3.1'."""
    return f"{100 * value:+.1f}".replace("-", "−")


def one(rows: pd.DataFrame, column: str = "value", **where):
    """The one cell of `column` in the rows where every named column has the given value.

    Raises ValueError, saying what was asked for, if not exactly one row matches.
    """
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} rows match {where}; exactly one must")
    return rows[column].iloc[0]


def curves(
    frame: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    detail: Sequence[str] = (),
    height: int = 320,
) -> alt.LayerChart:
    """Lines through their points. Rows of kind ``reference`` become dashed rules with their name (column `model`).

    Kinds other than published are drawn with the book's marks (see `emergence.figure.kind_scales`); fits have no points.
    """
    base = alt.Chart(frame)
    extra = [alt.Detail([f"{c}:N" for c in detail])] if detail else []
    kinds = set(frame["kind"]) if "kind" in frame else {"published"}
    measured = base.transform_filter("datum.kind !== 'reference'") if "kind" in frame else base
    dash = [kind_scales()["strokeDash"]] if kinds - {"published", "reference"} else []
    layers = [
        measured.mark_line(strokeWidth=2).encode(x, y, color, *dash, *extra),
        measured.transform_filter("datum.kind !== 'fit'")
        .mark_point(size=70, filled=True, opacity=1)
        .encode(x, y, color, shape, tooltip=tooltip(frame))
        if "kind" in frame
        else measured.mark_point(size=70, filled=True, opacity=1).encode(
            x, y, color, shape, tooltip=tooltip(frame)
        ),
    ]
    if "reference" in kinds:
        flat = base.transform_filter("datum.kind === 'reference'")
        layers += [
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="right", dy=-6, fontSize=11, x="width").encode(
                y=y, text="model:N"
            ),
        ]
    return alt.layer(*layers).properties(width="container", height=height)


def own_runs(
    base: alt.Chart,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    tips: list[alt.Tooltip],
    detail: Sequence[str] = (),
    size: int = 60,
) -> list[alt.Chart]:
    """Curves of our own runs, and of formulas beside them: dashes by kind, hollow marks of `size`. `detail` tells curves of one color apart."""
    extra = [alt.Detail([f"{c}:N" for c in detail])] if detail else []
    return [
        base.mark_line(strokeWidth=2).encode(x, y, color, kind_scales()["strokeDash"], *extra),
        base.mark_point(size=size, filled=False, strokeWidth=2).encode(
            x, y, color, shape, *extra, tooltip=tips
        ),
    ]
