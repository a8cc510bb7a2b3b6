"""Live parts: pieces of a page that compute in the browser, with no kernel; the same script serves the notebook.

A `Figure` looks its states up. A live part works them out: it trains a small model, runs one on what the reader types, or
searches a large table. It is one client script (``client/src/live/<script>.js``) and this definition of what the script is
given: compiled charts, settings, words, and binary blobs that travel only when the script asks for them.

The script registers itself (see ``client/src/live.js`` for what `part` offers)::

    emergence.live.define("<script>", {
      *worker(settings, post) { … },   // optional: runs in a Web Worker, without the page
      mount(part) { … },               // builds the part in part.stage; may be async
    });

Until the script has mounted, without JavaScript, in print and after an error, a still picture stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emergence import client, data
from emergence.figure import Figure
from emergence.figure.cells import records
from emergence.figure.control import FigureError
from emergence.figure.shown import Shown
from emergence.figure.still import WIDTHS, to_svg, with_rows
from emergence.figure.texts import filled, in_own_words
from emergence.figure.vega import to_vega, to_vega_lite
from emergence.text import figure_text, label
from emergence.theme import register_theme

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


Drawing = Callable[[], "tuple[pd.DataFrame, alt.Chart]"]
"""An example table and its chart. The chart is compiled without the rows; the script sends rows with the same columns."""


@dataclass(eq=False)
class Live(Shown):
    """One live part; its texts are those of a figure, plus an optional table ``words`` for its script.

    `script` names its client script. `charts` maps names to
    drawings: their scales should have fixed domains where the rows grow while the reader watches, and titles that begin
    with ``@`` are placeholders for the script to fill; it can also set a chart's parameters (signals). `columns` lists per
    chart the columns offered as a table and as CSV (default: all). `options` gives the script its settings, `assets` its
    binary blobs, `still` the picture that stands in for it (default: the first chart with its example table). `room` is the
    height of the started part in pixels, on the page and on a phone: the page keeps it free, so that nothing moves when the
    part starts; a test says what to write. `tables` and `runs` name what is drawn, as in a `Figure`.
    """

    name: str
    chapter: str
    script: str
    charts: Mapping[str, Drawing]
    tables: Sequence[str] = ()
    runs: Sequence[str] = ()
    simulation: bool = False
    options: Callable[[], Mapping[str, Any]] | None = None
    assets: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    still: Figure | Drawing | None = None
    facts: Callable[[], Mapping[str, Any]] | None = None
    room: tuple[int, int] = (0, 0)

    def __post_init__(self):
        self._text = figure_text(self.chapter, self.name)
        if not self.tables and not self.runs and not self.simulation:
            raise FigureError(
                f"{self.name}: a live part names the tables or runs it shows, or says that it is a simulation"
            )
        if not self.charts:
            raise FigureError(f"{self.name}: a live part has at least one chart")
        for key in (*self.charts, *self.assets):
            if not re.fullmatch(r"[a-z0-9-]+", key):
                raise FigureError(
                    f"{self.name}: {key!r} is no name for a chart or an asset; allowed are small letters, digits and hyphens"
                )
        try:
            client.part(self.script)
        except client.ClientError as error:
            raise FigureError(str(error)) from None

    # --- texts ---------------------------------------------------------------------------------------------------
    @property
    def title(self) -> str:
        return self._text["title"]

    @cached_property
    def finding(self) -> str:
        """The alternative text of the still picture."""
        return filled(self.name, self._text, "finding", self.facts)

    @property
    def caption(self) -> tuple[str, str]:
        """What the part shows, and what it does not."""
        shows, hides = (
            filled(self.name, self._text, part, self.facts) for part in ("shows", "hides")
        )
        return shows, hides

    @property
    def words(self) -> dict[str, str | list[str]]:
        """The words its script shows, and lists of words; their ``{placeholders}`` are filled in the browser."""
        return self._text.get("words", {})

    @property
    def sources(self) -> list[data.Source]:
        return [data.source(t) for t in self.tables]

    # --- charts --------------------------------------------------------------------------------------------------
    @in_own_words
    def chart(self, name: str | None = None) -> alt.Chart:
        """One chart (default: the still picture's, or the first) with its example rows, as Altair draws it without the script."""
        register_theme()
        if name is None:
            return (
                self.still.chart()
                if isinstance(self.still, Figure)
                else (self.still or next(iter(self.charts.values())))()[1]
            )
        return self._drawing(name)[1]

    def spec(self, chart: str) -> dict:
        """The Vega-Lite specification of one chart, its example rows inside. Raises `FigureError` for an unknown chart."""
        return to_vega_lite(self._drawing(chart)[1])

    def frame(self, chart: str) -> pd.DataFrame:
        """The example table of one chart."""
        return self._drawing(chart)[0]

    @in_own_words
    def _drawing(self, chart: str) -> tuple[pd.DataFrame, alt.Chart]:
        if chart not in self.charts:
            raise FigureError(
                f"{self.name} has no chart {chart!r}; it has: {', '.join(self.charts)}"
            )
        register_theme()
        return self.charts[chart]()

    @in_own_words
    def still_vega(self, width: int = WIDTHS["page"]) -> dict:
        """The still picture as one Vega specification with its rows, `width` pixels wide."""
        if isinstance(self.still, Figure):
            return self.still.still_vega(width)
        register_theme()
        frame, drawing = (self.still or next(iter(self.charts.values())))()
        rows = [dict(zip(frame, r, strict=True)) for r in records(frame)]
        return with_rows(to_vega(self.name, to_vega_lite(drawing)), rows, width)

    # --- skins ---------------------------------------------------------------------------------------------------
    @cached_property
    @in_own_words
    def client(self) -> dict:
        """What the script is given, as JSON-ready data; without the assets."""
        charts = {}
        for name in self.charts:
            frame, drawing = self._drawing(name)
            vega = to_vega(self.name, to_vega_lite(drawing))
            vega.pop("description", None)
            charts[name] = {
                "spec": vega,
                "columns": list(frame),
                "table": [{"name": c, "label": label(c)} for c in self.columns.get(name, frame)],
            }
        return {
            "name": self.name,
            "script": self.script,
            "title": self.title,
            "finding": self.finding,
            "words": self.words,
            "options": dict(self.options()) if self.options else {},
            "charts": charts,
        }

    def svg(self, skin: str = "light") -> str:
        """The still picture."""
        return to_svg(self.still_vega(), skin)
