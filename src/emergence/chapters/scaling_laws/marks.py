"""Settings of layers that several figures of this chapter need and the vocabulary does not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import altair as alt

from emergence.chart import Axis, Layer, log


def hovered(layer: Layer) -> Layer:
    """The same layer, with the tooltip of its rows: for lines without marks."""
    return replace(layer, uses=(*layer.uses, "tooltip"))


def side_by_side(column: str, keys: Sequence[str]) -> alt.YOffset:
    """Within a row of names, one line for each key, in the given order."""
    scale = alt.Scale(domain=list(keys), paddingOuter=0.4)
    return alt.YOffset(f"{column}:N", sort=list(keys), scale=scale)


def powers(column: str, low: int, high: int, domain: Sequence[float]) -> Axis:
    """A logarithmic axis marked at powers of ten only: minor lines would be the darkest thing in the picture."""
    ticks = [10.0**k for k in range(low, high + 1)]
    return log(column, domain, ticks=ticks, billions=True)
