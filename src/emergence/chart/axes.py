"""Axes: what is drawn along one side of a chart. An `Axis` gives the channel of either side, `.x()` or `.y()`.

Each function makes one: `linear`, `log`, `size` (of a model, or its compute), `share` (a fraction as a percentage), `gain` (a
difference of fractions in percentage points), `named_rows` (one row for each key) and `ordered` (keys in their order along the foot).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import altair as alt
import pandas as pd

from emergence.text import label

BILLIONS = "replace(datum.label, 'G', 'B')"
"""Billions read better than giga-parameters."""

UNSIGNED = "replace(datum.label, '%', '')"
"""Percentage points: the sign of percent would say something else."""


@dataclass(frozen=True)
class Axis:
    """One axis: its column (with Altair's type, ``value:Q``), what Altair's scale, guide and channel are given, and its title.

    `title` is the label of the column where it is None; "" means none. With None as `guide`, the axis is not drawn.
    """

    column: str
    scale: Mapping[str, Any] = field(default_factory=dict)
    guide: Mapping[str, Any] | None = field(default_factory=dict)
    title: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.rsplit(":", 1)[0]

    def but(self, **guide: Any) -> Axis:
        """The same axis with other settings of its guide, as `altair.Axis` calls them."""
        return replace(self, guide={**(self.guide or {}), **guide})

    def without_guide(self) -> Axis:
        """The same axis, not drawn."""
        return replace(self, guide=None)

    def x(self) -> alt.X:
        return self._channel(alt.X)

    def y(self) -> alt.Y:
        return self._channel(alt.Y)

    def _channel(self, channel):
        title = label(self.title or self.name) if self.title != "" else None
        guide = None if self.guide is None else alt.Axis(**self.guide)
        scale = {"scale": alt.Scale(**self.scale)} if self.scale else {}
        return channel(self.column, title=title, axis=guide, **scale, **self.more)


def _guide(
    ticks: int | Sequence[float] | None,
    format: str | None,
    grid: bool | None,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """Settings of a guide; `ticks` is about how many there are, or where they stand."""
    guide: dict[str, Any] = {} if format is None else {"format": format}
    if isinstance(ticks, int):
        guide["tickCount"] = ticks
    elif ticks is not None:
        guide["values"] = list(ticks)
    if grid is not None:
        guide["grid"] = grid
    return guide | dict(more)


def linear(
    column: str = "value",
    domain: Sequence[float] | None = None,
    *,
    title: str | None = None,
    ticks: int | Sequence[float] | None = 6,
    format: str | None = None,
    grid: bool | None = None,
    guide: Mapping[str, Any] | None = None,
    **scale: Any,
) -> Axis:
    """An axis with even steps over `domain`, or over what is drawn. `guide` and `scale` are settings of Altair's axis and scale.

    ``scale`` may name another type: ``linear("n", type="symlog", constant=1)``.
    """
    limits = {"domain": list(domain)} if domain is not None else {}
    return Axis(f"{column}:Q", {**limits, **scale}, _guide(ticks, format, grid, guide or {}), title)


def log(
    column: str,
    domain: Sequence[float] | None = None,
    *,
    title: str | None = None,
    ticks: int | Sequence[float] | None = 6,
    format: str | None = None,
    billions: bool = False,
    grid: bool | None = None,
    guide: Mapping[str, Any] | None = None,
    **scale: Any,
) -> Axis:
    """A logarithmic axis over exactly `domain`; with `billions`, thousands are K, then M, B, T."""
    more = dict(guide or {})
    if billions:
        format, more = "~s", {"labelExpr": BILLIONS, **more}
    settings = {"type": "log", "nice": False, **scale}
    return linear(
        column, domain, title=title, ticks=ticks, format=format, grid=grid, guide=more, **settings
    )


def size(
    column: str = "params",
    over: pd.DataFrame | None = None,
    *,
    title: str | None = None,
    domain: Sequence[float] | None = None,
    ticks: int | Sequence[float] | None = 6,
    grid: bool | None = False,
) -> Axis:
    """Size or compute on a logarithmic axis over the whole range of `column` in `over`, with a little air at both ends.

    Parameters and tokens as 1M, 1B; from 1e15 on, which only compute reaches, powers of ten.
    """
    if over is not None:
        low, high = over[column].min(), over[column].max()
        domain = domain or [float(f"{v:.3g}") for v in (low / 1.3, high * 1.3)]
    elif domain is not None:
        high = domain[1]
    else:
        raise ValueError(f"size({column!r}): give the range, as rows (over) or as a domain")
    compute = high >= 1e15
    look = {"format": "~e"} if compute else {"billions": True}
    return log(column, domain, title=title, ticks=ticks, grid=grid, **look)


def over_range(column: str, over: pd.DataFrame, *, title: str | None = None) -> Axis:
    """A linear axis over the whole range of `column` in `over`, with a little air at both ends."""
    low, high = over[column].min(), over[column].max()
    air = (high - low) * 0.03
    domain = [float(f"{v:.3g}") for v in (low - air, high + air)]
    return linear(column, domain, title=title, grid=False, nice=False, zero=False)


def share(
    column: str = "value",
    domain: Sequence[float] | None = (0, 1),
    *,
    title: str | None = None,
    ticks: int | Sequence[float] | None = 6,
    format: str = ".0%",
    grid: bool | None = None,
    **scale: Any,
) -> Axis:
    """A fraction, written as a percentage; None as `domain` leaves the range to what is drawn, without zero."""
    settings = scale if domain is not None else {"zero": False, **scale}
    return linear(column, domain, title=title, ticks=ticks, format=format, grid=grid, **settings)


def gain(
    column: str,
    domain: Sequence[float] | None = None,
    *,
    title: str | None = None,
    ticks: int | Sequence[float] | None = 6,
    format: str = "+.0%",
    grid: bool | None = None,
    **scale: Any,
) -> Axis:
    """A difference of fractions in percentage points, with its sign."""
    guide = {"labelExpr": UNSIGNED}
    return linear(
        column, domain, title=title, ticks=ticks, format=format, grid=grid, guide=guide, **scale
    )


def named_rows(column: str, keys: Sequence[str], *, limit: int = 210, title: str = "") -> Axis:
    """One row for each key, in the given order, named by its label; names are cut at `limit` pixels."""
    guide = {
        "labelExpr": label_expr(keys),
        "labelLimit": limit,
        "grid": True,
        "tickSize": 0,
        "domain": False,
        "labelPadding": 6,
    }
    return Axis(f"{column}:N", {}, guide, title, {"sort": list(keys)})


def ordered(column: str, keys: Sequence[str], *, title: str | None = None, drop: str = "") -> Axis:
    """Keys in their order along the foot, each under its label, or as it is without what matches the pattern `drop`."""
    words = f"replace(datum.value, regexp({quote(drop)}, 'g'), '')" if drop else label_expr(keys)
    guide = {"labelExpr": words, "labelAngle": 0, "grid": False, "labelOverlap": False}
    return Axis(f"{column}:N", {"domain": list(keys)}, guide, title, {"sort": list(keys)})


def quote(text: str) -> str:
    """`text` as a string of a Vega expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def label_expr(keys: Sequence[str], prefix: str = "") -> str:
    """A Vega expression that turns a key (``datum.value``) into the label of `prefix` + key."""
    return "{" + ",".join(f"{quote(k)}:{quote(label(prefix + k))}" for k in keys) + "}[datum.value]"
