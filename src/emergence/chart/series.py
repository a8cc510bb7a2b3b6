"""Series: the curves or groups of a chart, told apart by color, shape and, where lines have no marks, by dashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import altair as alt
import pandas as pd

from emergence.text import label
from emergence.theme import PALETTE, SHAPES

from .axes import label_expr

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


@dataclass(frozen=True)
class Series:
    """The column whose value names the series, and their order: it fixes color and shape in every state of a figure.

    At most eight, as many as can be told apart (ValueError). The label of `title` heads the legend (default: the column's; "": none);
    `shown` are the entries it has (default: all; none: no legend) and `columns` how many stand side by side. `slots` gives each
    series a place in the palette other than its own. With `dashed`, lines are broken by `dashes` as well, but for those in `solid`.
    """

    column: str
    order: Sequence[str]
    title: str | None = None
    shown: Sequence[str] | None = None
    columns: int | None = None
    slots: Sequence[int] | None = None
    dashed: bool = False
    dashes: Sequence[Sequence[int]] = DASHES
    solid: Sequence[str] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if len(self.order) > len(PALETTE):
            raise ValueError(
                f"{len(self.order)} series in {self.column}; at most {len(PALETTE)} can be told apart"
            )

    def only(self, rows: pd.DataFrame | Iterable[str]) -> Series:
        """The same series with only those in the legend that `rows` (a frame or names) hold."""
        held = set(rows[self.column] if isinstance(rows, pd.DataFrame) else rows)
        return replace(self, shown=[name for name in self.order if name in held])

    def without_legend(self) -> Series:
        return replace(self, shown=())

    def _legend(self) -> alt.Legend | None:
        if self.shown is not None and not self.shown:
            return None
        title = label(self.title or self.column) if self.title != "" else None
        more = dict(self.more)
        if self.columns is not None:
            more["columns"] = self.columns
        if self.shown is not None:
            more["values"] = list(self.shown)
        return alt.Legend(title=title, labelExpr=label_expr(list(self.order)), **more)

    def _scale(self, looks: Sequence) -> alt.Scale:
        slots = range(len(self.order)) if self.slots is None else self.slots
        return alt.Scale(domain=list(self.order), range=[looks[slot] for slot in slots])

    def color(self) -> alt.Color:
        return alt.Color(f"{self.column}:N", scale=self._scale(PALETTE), legend=self._legend())

    def shape(self) -> alt.Shape:
        return alt.Shape(f"{self.column}:N", scale=self._scale(SHAPES), legend=self._legend())

    def dash(self) -> alt.StrokeDash:
        broken = iter(self.dashes)
        looks = [[1, 0] if name in self.solid else list(next(broken)) for name in self.order]
        scale = alt.Scale(domain=list(self.order), range=looks)
        return alt.StrokeDash(f"{self.column}:N", scale=scale, legend=self._legend())
