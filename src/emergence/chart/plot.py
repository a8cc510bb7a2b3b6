"""Charts put together from axes, series and layers.

>>> plot(
...     rows,
...     x=size("params", over=rows),
...     y=share(),
...     by=Series("setting", ("zero_shot", "few_shot")),
...     layers=[line(), dots(), levels()],
... )
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import Any

import altair as alt
import pandas as pd

from emergence.text import label
from emergence.theme import kind_scales

from .axes import Axis, label_expr
from .layers import Layer, Where, dots, levels, line
from .series import Series

TIPS = (
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
"""Columns shown when a mark is hovered, in this order, where the rows have them."""

FORMATS = {"value": ".3~g", "params": ".3~s", "train_flops": ".2e", "train_tokens": ".3~s"}


@dataclass(frozen=True)
class Panels:
    """Small multiples: one cell for each value of `column`, in the order of `keys`, under its label.

    A cell is `width` × `height` pixels. `at_most` cells stand in a row (default: 2 of two or four, else 3). With
    `independent`, each cell has axes of its own: "x", "y" or both; `limits` then gives, key by key, the lowest and highest value that the vertical
    axis reaches at least. The label of a key is that of `prefix` + key, `padding` pixels above its cell and cut at `limit` pixels.
    """

    column: str
    keys: Sequence[str]
    width: int = 150
    height: int = 140
    at_most: int | None = None
    independent: Sequence[str] = ()
    prefix: str = ""
    padding: float | None = None
    limits: Mapping[str, Sequence[float]] | None = None
    limit: int = 260

    def facet(self, chart: alt.LayerChart, rows: pd.DataFrame, columns: int) -> alt.FacetChart:
        keys = list(self.keys)
        more = {} if self.padding is None else {"labelPadding": self.padding}
        head = alt.Header(labelExpr=label_expr(keys, self.prefix), labelLimit=self.limit, **more)
        columns = min(columns, self.at_most or (2 if len(keys) in (2, 4) else 3))
        cells = chart.properties(width=self.width, height=self.height).facet(
            data=rows,
            facet=alt.Facet(f"{self.column}:N", sort=keys, header=head, title=None),
            columns=columns,
        )
        return cells.resolve_scale(**dict.fromkeys(self.independent, "independent"))

    def reach(self) -> list[alt.Chart]:
        """An invisible bar in each cell, over its limits."""
        if self.limits is None:
            return []
        *others, (_, (low, high)) = self.limits.items()
        for key, (least, most) in reversed(others):
            here = alt.datum[self.column] == key
            low, high = alt.expr.if_(here, least, low), alt.expr.if_(here, most, high)
        bar = alt.Chart().transform_calculate(low=low, high=high).mark_rule(opacity=0, aria=False)
        return [bar.encode(y=alt.Y("low:Q", title=None), y2="high:Q")]


def tooltips(rows: pd.DataFrame, columns: Sequence[str] = TIPS) -> list[alt.Tooltip]:
    """The tooltip of `columns`, those that `rows` has, each with its label and the format of its kind."""
    tips = []
    for column in columns:
        if column not in rows:
            continue
        if pd.api.types.is_numeric_dtype(rows[column]):
            look = {"format": FORMATS.get(column, ".4~g")}
            tips.append(alt.Tooltip(f"{column}:Q", title=label(column), **look))
        else:
            tips.append(alt.Tooltip(f"{column}:N", title=label(column)))
    return tips


def condition(where: Where) -> Any:
    """`where` of a layer as an Altair expression; None where every row is meant."""
    if not isinstance(where, dict):
        return where
    terms = []
    for column, wanted in where.items():
        if isinstance(wanted, list | tuple | set | frozenset):
            terms.append(alt.expr.indexof(list(wanted), alt.datum[column]) >= 0)
        else:
            terms.append(alt.datum[column] == wanted)
    return reduce(and_, terms) if terms else None


def _rows_of(drawn: Layer, chart: alt.Chart, kinds: set[str]) -> alt.Chart:
    """The rows that a layer draws."""
    names_kinds = isinstance(drawn.where, dict) and "kind" in drawn.where
    left_out = ("reference", "fit") if drawn.mark == "point" else ("reference",)
    for kind in () if names_kinds or drawn.each == () else left_out:
        if kind in kinds:
            chart = chart.transform_filter(alt.datum.kind != kind)
    wanted = condition(drawn.where)
    chart = chart if wanted is None else chart.transform_filter(wanted)
    if drawn.each is None:
        return chart
    if not drawn.each:
        return chart.transform_aggregate(_="count()")
    return chart.transform_aggregate(groupby=list(drawn.each))


def _ends(axis: Axis | None, side: str, low: str | None, high: str | None) -> dict[str, Any]:
    """The channels of a line from `low` to `high` (default: the smallest and the largest value) on the plot's own axis."""
    if axis is None:
        raise ValueError(f"a line along {side} needs an axis there")
    title = axis.name if axis.title is None else axis.title
    first = replace(axis, column=f"{low or f'min({axis.name})'}:Q", title=title)
    channel = first.x() if side == "x" else first.y()
    return {side: channel, f"{side}2": f"{high or f'max({axis.name})'}:Q"}


def plot(
    rows: pd.DataFrame,
    x: Axis | None = None,
    y: Axis | None = None,
    by: Series | None = None,
    layers: Iterable[Layer | tuple[Layer, ...]] = (line(), dots(), levels()),
    *,
    tips: Sequence[str] = TIPS,
    detail: Sequence[str] = (),
    panels: Panels | None = None,
    columns: int = 3,
    height: int = 320,
    width: int | str = "container",
) -> alt.LayerChart | alt.FacetChart:
    """The chart of `rows` along two axes, one layer above the other.

    `by` tells series apart; `detail` names columns that tell lines of one series apart. `tips` are the columns of the tooltip. Rows
    may have a column ``kind`` (`emergence.theme.KINDS`), which says how they are drawn. With `panels` there is one cell for each
    of its keys, `columns` of them in a row. `width` and `height` are in pixels, "container" is as wide as the page.
    """
    kinds = set(rows["kind"]) if "kind" in rows else {"published"}
    channels: dict[str, Any] = {}
    if x is not None:
        channels["x"] = x.x()
    if y is not None:
        channels["y"] = y.y()
    if by is not None:
        channels |= {"color": by.color(), "shape": by.shape()}
    if by is not None and by.dashed:
        channels["strokeDash"] = by.dash()
    elif kinds - {"published", "reference"}:
        channels |= kind_scales()
    if detail:
        channels["detail"] = [f"{column}:N" for column in detail]
    channels["tooltip"] = tooltips(rows, tips)

    base = alt.Chart() if panels else alt.Chart(rows)
    drawn = panels.reach() if panels else []
    flat = [one for layer in layers for one in (layer if isinstance(layer, tuple) else (layer,))]
    # Levels that some state has stay out of the other layers in every state: a page draws all with the chart of the first.
    if any(isinstance(one.where, dict) and one.where.get("kind") == "reference" for one in flat):
        kinds = kinds | {"reference"}
    for one in flat:
        used = {name: channels[name] for name in one.uses if name in channels}
        if one.ends is not None:
            side, low, high = one.ends
            used |= _ends({"x": x, "y": y}[side], side, low, high)
        encoded = {n: c for n, c in {**used, **one.encode}.items() if c is not None}
        marked = getattr(_rows_of(one, base, kinds), f"mark_{one.mark}")(**one.look)
        drawn.append(marked.encode(**encoded))
    chart = alt.layer(*drawn)
    if panels:
        return panels.facet(chart, rows, columns)
    return chart.properties(width=width, height=height)
