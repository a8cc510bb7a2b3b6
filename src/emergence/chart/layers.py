"""Layers: what a chart draws of its rows. Each says which rows it draws (`where`) and with which mark; `plot` puts them together.

`where` is a mapping from columns to a value or a list of values, or an Altair expression (``alt.datum.params < 1e10``). But for
`levels`, and unless it asks for them, a layer leaves out the rows of kind ``reference``. Settings of the mark are Altair's, and so
are channels: ``dots(x=alt.datum(0))``; a channel that is None is left out. ``each=("task", "model")`` draws one mark for every
combination of these columns instead of one for every row, ``each=()`` a single one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import altair as alt
import pandas as pd

from emergence.text import label

Where = Any
"""A mapping, an Altair expression or None: see above."""

CHANNELS = ("x", "y", "x2", "y2", "xOffset", "yOffset", "color", "shape", "strokeDash", "size", "detail", "text", "tooltip", "opacity", "order", "fill", "url")  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One mark for some rows: the `mark` and its `look`, the channels it takes from the plot (`uses`) and its own (`encode`).

    `ends`: an axis ("x" or "y") and the columns between which a mark reaches along it (None: the smallest or largest value).
    """

    mark: str
    uses: Sequence[str]
    look: Mapping[str, Any] = field(default_factory=dict)
    where: Where = None
    encode: Mapping[str, Any] = field(default_factory=dict)
    each: Sequence[str] | None = None
    ends: tuple[str, str | None, str | None] | None = None


def layer(
    mark: str, uses: Sequence[str], where: Where, look: Mapping[str, Any], given: Mapping[str, Any]
) -> Layer:
    """A layer from the settings of its function: what Altair calls a channel is encoded, the rest is the look of its mark.

    What the look fixes (``color="currentColor"``) is not taken from the plot; what is None is left to Altair. A number or text for `x` or `y` is a place in pixels, and a list for `strokeDash` the dashes, as in Altair's marks.
    """
    channels = {
        name: value
        for name, value in given.items()
        if name in CHANNELS
        and (value is None or not isinstance(value, int | float | str | list) or ":" in str(value))
    }
    rest = {name: value for name, value in given.items() if name not in channels}
    each = rest.pop("each", None)
    whole = {name: value for name, value in {**look, **rest}.items() if value is not None}
    return Layer(mark, [use for use in uses if use not in rest], whole, where, channels, each)


def line(where: Where = None, *, width: float = 2, **given: Any) -> Layer:
    """A line through the points of each series; rows that are not published are drawn with the dashes of their kind."""
    return layer(
        "line", ("x", "y", "color", "strokeDash", "detail"), where, {"strokeWidth": width}, given
    )


def dots(where: Where = None, *, size: float = 70, hollow: bool = False, **given: Any) -> Layer:
    """A mark at each row, with a tooltip; rows of kind ``fit`` have none, unless `where` asks for them."""
    look = (
        {"size": size, "filled": False, "strokeWidth": 2}
        if hollow
        else {"size": size, "filled": True, "opacity": 1}
    )
    return layer("point", ("x", "y", "color", "shape", "detail", "tooltip"), where, look, given)


def rules(
    where: Where = None, *, width: float | None = 1.5, opacity: float | None = 0.45, **given: Any
) -> Layer:
    """Plain lines, from ``x`` to ``x2`` or from ``y`` to ``y2``."""
    look = {"strokeWidth": width, "strokeDash": [1, 0], "opacity": opacity}
    return layer("rule", ("x", "y", "color"), where, look, given)


def spans(
    low: str,
    high: str,
    where: Where = None,
    *,
    axis: str = "y",
    width: float | None = 1.5,
    opacity: float | None = None,
    **given: Any,
) -> Layer:
    """Intervals: a plain line at each row from the column `low` to the column `high`, along `axis`."""
    look = {"strokeWidth": width, "strokeDash": [1, 0], "opacity": opacity}
    return replace(layer("rule", ("x", "y", "color"), where, look, given), ends=(axis, low, high))


def dumbbell(
    where: Where = None,
    *,
    width: float | None = 2,
    opacity: float | None = 0.5,
    axis: str = "x",
    **given: Any,
) -> Layer:
    """One plain line for each row of names, from the smallest value along `axis` to the largest."""
    look = {"strokeWidth": width, "strokeDash": [1, 0], "opacity": opacity}
    return replace(layer("rule", ("x", "y"), where, look, given), ends=(axis, None, None))


def band(low: str, high: str, where: Where = None, *, opacity: float = 0.18, **given: Any) -> Layer:
    """An area from the column `low` to the column `high`."""
    whole = layer("area", ("x", "color"), where, {"opacity": opacity}, given)
    return replace(whole, ends=("y", low, high))


def bars(where: Where = None, **given: Any) -> Layer:
    """A bar at each row."""
    return layer("bar", ("x", "y", "color", "tooltip"), where, {}, given)


def cells(where: Where = None, **given: Any) -> Layer:
    """A filled cell for each pair of keys: a table drawn as a picture."""
    return layer("rect", ("x", "y", "color", "tooltip"), where, {}, given)


def words(column: str, where: Where = None, *, size: float = 11, **given: Any) -> Layer:
    """The text of `column` at each row where it has one."""
    return layer("text", ("x", "y"), where, {"fontSize": size}, {"text": f"{column}:N", **given})


PLACES: Mapping[str, Mapping[str, Any]] = {
    "above": {"dy": -11},
    "below": {"dy": 15},
    "left": {"dx": -9, "align": "right"},
    "right": {"dx": 9, "align": "left"},
}


def names(column: str = "name", place: str = "place", *, size: float = 11) -> tuple[Layer, ...]:
    """The name in `column` of each row beside its mark, on the side that the row's `place` says: see `places`."""
    return tuple(words(column, {place: side}, size=size, **shift) for side, shift in PLACES.items())


def places(keys: pd.Series, **listed: Sequence[str]) -> pd.Series:
    """The side on which each key's name stands: the one under which it is listed (``below=["GPT-2"]``), else above."""
    side = {key: place for place, those in listed.items() for key in those}
    return keys.map(side).fillna("above")


def zero(axis: str = "x", *, at: float = 0) -> Layer:
    """A thin broken line across the chart, at 0 or another value of one axis; it is drawn once."""
    return Layer("rule", (), encode={axis: alt.datum(at)}, each=())


def levels(
    side: str = "right",
    column: str = "model",
    *,
    dx: float | None = None,
    dy: float = -6,
    size: float = 11,
    text: str | None = None,
) -> tuple[Layer, Layer]:
    """The rows of kind ``reference``, chance or people: a thin broken line across the chart, its name at one `side`.

    The name stands in `column`, or is the label of the key `text`.
    """
    only = {"kind": "reference"}
    place = {"x": "width"} if side == "right" else {"x": 0}
    shift = {"dx": dx} if dx is not None else {} if side == "right" else {"dx": 4}
    look = {"align": side, "dy": dy, "fontSize": size, **place, **shift}
    name = {"text": f"{column}:N" if text is None else alt.value(label(text))}
    return (
        Layer("rule", ("y",), {}, only),
        Layer("text", ("y",), look, only, name),
    )
