"""The figure contract: one definition, drawn on a static page and in a notebook.

A `Figure` is two pure functions and their texts::

    frame(**state)            -> pandas.DataFrame   the tidy table that is drawn (and downloaded)
    chart(frame, **some_state) -> altair.Chart      how it is drawn; it names the controls it depends on

The page skin (`emergence.page`) tabulates both over the controls' grid: the distinct specifications (compiled to Vega
once, at build time) and the distinct rows, with the row ranges of every state. No kernel and no second implementation of any formula is
involved, so page and notebook show the same numbers by construction. The notebook skin calls the functions in the
kernel, for any allowed value, and pushes rows to the same client script (`emergence.client`).

Neither skin is known here: `emergence.display` chooses one.
"""

from __future__ import annotations

import difflib
import inspect
import itertools
import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from emergence import data, text
from emergence.theme import KINDS, register_theme

from .cells import records
from .control import Control, FigureError, Predict
from .shown import Shown
from .still import columns_at, to_svg, with_rows
from .texts import filled, in_own_words
from .vega import to_vega, to_vega_lite

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd


MANY = 20
"""A line of sources does not name more than these: who draws more says below the chart which it draws."""

MAX_STATES = 4000
"""More states than this would make a page heavy; the figure wants fewer controls or coarser steps."""


@dataclass(eq=False)
class Figure(Shown):
    """One figure. See the module's docstring; texts come from the chapter's ``text.<language>.toml`` under `name`.

    `curve` names the columns that identify one drawn curve; a curve that mixes two set-ups (`setup` column) is refused.
    `columns` lists the columns offered as a table and as CSV (default: all). `runs` names the experiments of our own whose
    records are drawn (`emergence.data.run`); their rows are of kind ``miniature``.
    """

    name: str
    chapter: str
    tables: Sequence[str]
    frame_function: Callable[..., pd.DataFrame]
    chart_function: Callable[..., alt.Chart]
    controls: Sequence[Control] = ()
    curve: Sequence[str] = ()
    columns: Sequence[str] = ()
    predict: Predict | None = None
    simulation: bool = False
    runs: Sequence[str] = ()
    facts: Callable[[], Mapping[str, Any]] | None = None
    _frames: dict = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self):
        self._text = text.figure_text(self.chapter, self.name)
        if not self.tables and not self.runs and not self.simulation:
            raise FigureError(
                f"{self.name}: a figure names the tables or runs it draws, or says that it is a simulation"
            )
        names = [
            "columns",
            "self",
            *(c.name for c in self.controls),
        ]  # the first two are taken: see `chart`
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise FigureError(
                f"{self.name}: {twice!r} is no name for another control; allowed: names of its own, not 'columns' or 'self'"
            )
        states = math.prod(len(c.grid) for c in self.controls)
        if states > MAX_STATES:
            raise FigureError(
                f"{self.name}: {states} states; a page carries at most {MAX_STATES}: use fewer controls or coarser steps"
            )

    # --- texts ---------------------------------------------------------------------------------------------------
    @property
    def title(self) -> str:
        return self._text["title"]

    @cached_property
    def finding(self) -> str:
        """The alternative text: what the default view shows. ``{name}`` in the text is filled from `facts`."""
        return self._filled("finding")

    @property
    def caption(self) -> tuple[str, str]:
        """What the figure shows, and what it does not."""
        return self._filled("shows"), self._filled("hides")

    def _filled(self, part: str) -> str:
        return filled(self.name, self._text, part, self.facts)

    @in_own_words
    def label(self, key: str) -> str:
        """The words for a column, control or option in this figure; see `emergence.text.label`."""
        return text.label(key)

    @property
    def sources(self) -> list[data.Source]:
        return [data.source(t) for t in self.tables]

    # --- state ---------------------------------------------------------------------------------------------------
    def state(self, **given: Any) -> dict[str, Any]:
        """The default state with `given` put in; raises `FigureError` for an unknown control or a value not allowed."""
        known = {c.name: c for c in self.controls}
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or list(known)
                raise FigureError(
                    f"{self.name} has no control {name!r}; it has: {', '.join(near) or 'none'}"
                )
        return {name: c.check(given.get(name, c.default)) for name, c in known.items()}

    def states(self) -> list[dict[str, Any]]:
        """Every state of the page's grid, the last control varying fastest."""
        names = [c.name for c in self.controls]
        return [
            dict(zip(names, values, strict=True))
            for values in itertools.product(*(c.grid for c in self.controls))
        ]

    # --- table and chart -----------------------------------------------------------------------------------------
    @in_own_words
    def frame(self, **given: Any) -> pd.DataFrame:
        """The tidy table drawn in this state, one row per drawn observation; a fresh copy."""
        state = self.state(**given)
        key = tuple(state.values())
        if key not in self._frames:
            rows = self.frame_function(**state).reset_index(drop=True)
            if rows.empty:
                raise FigureError(f"{self.name}: nothing to draw for {state}")
            if "kind" in rows and not set(rows["kind"]) <= set(KINDS):
                raise FigureError(
                    f"{self.name}: kind must be one of {', '.join(KINDS)}, found {sorted(set(rows['kind']))}"
                )
            if "setup" in rows and self.curve:
                data.one_setup(rows, list(self.curve))
            if len(self._frames) > 256:
                self._frames.clear()
            self._frames[key] = rows
        return self._frames[key].copy()

    @cached_property
    def chart_arguments(self) -> tuple[str, ...]:
        """Names the drawing depends on: some controls, and ``columns`` where there are small multiples."""
        return tuple(inspect.signature(self.chart_function).parameters)[1:]

    @in_own_words
    def chart(self, columns: int = 3, **given: Any) -> alt.Chart:
        """The Altair chart of this state. `columns` is the number of small multiples per row, where there are any."""

        register_theme()
        state = self.state(**given)
        layout = {"columns": columns} if "columns" in self.chart_arguments else {}
        arguments = {k: v for k, v in state.items() if k in self.chart_arguments}
        chart = self.chart_function(self.frame(**given), **arguments, **layout)
        return chart.properties(description=self.describe(**given))

    @in_own_words
    def describe(self, **given: Any) -> str:
        """Alternative text of one state: the finding by default, else the title and what is selected."""
        state = self.state(**given)
        if state == self.state():
            return self.finding
        chosen = "; ".join(f"{self.label(c.name)}: {c.say(state[c.name])}" for c in self.controls)
        return f"{self.title} {chosen}."

    def spec(self, **given: Any) -> dict:
        """The Vega-Lite specification of this state, with its data inside."""
        return to_vega_lite(self.chart(**given))

    def svg(self, skin: str = "light", width: int = 680) -> str:
        """A static picture of the default view, `width` pixels wide; only this view is computed. Raises `FigureError` for a skin or
        width it does not have."""
        if (
            isinstance(width, bool)
            or not isinstance(width, numbers.Integral)
            or not 100 <= width <= 10_000
        ):
            raise FigureError(
                f"width={data.shown(width)} is not a width; allowed: whole numbers of pixels from 100 to 10000"
            )
        return to_svg(self.still_vega(width), skin)

    def still_vega(self, width: int = 680) -> dict:
        """The default view as one Vega specification with its rows, `width` pixels wide."""
        vega = self.compiled(columns=columns_at(width))
        vega.pop("description", None)
        frame = self.frame()
        return with_rows(
            vega, [dict(zip(frame, row, strict=True)) for row in records(frame)], width
        )

    def forecast(self, **given: Any) -> dict | None:
        """What the predict-first control needs in this state: target `x`, the truth, and the straight line's answer."""
        if self.predict is None:
            return None
        import numpy as np

        p, state = self.predict, self.state(**given)
        rows = self.frame(**given)
        x_column = state.get(p.x, p.x)
        series = rows.loc[
            np.logical_and.reduce([rows[c] == v for c, v in p.where.items()])
        ].sort_values(x_column)
        seen, target = series[series[p.column] <= p.beyond], series.iloc[-1]
        if len(seen) < 2 or target[p.column] <= p.beyond:
            raise FigureError(
                f"{self.name}: predict first needs two visible points and a hidden one in every state, not so in {state}"
            )
        scale = np.log10 if p.log_x else np.asarray
        slope, intercept = np.polyfit(
            scale(seen[x_column].to_numpy(float)), seen[p.y].to_numpy(float), 1
        )
        return {
            "column": p.column,
            "beyond": p.beyond,
            "x": float(target[x_column]),
            "truth": float(target[p.y]),
            "line": float(slope * scale(float(target[x_column])) + intercept),
            "start": float(seen[p.y].iloc[-1]),
        }

    # --- skins ---------------------------------------------------------------------------------------------------
    def compiled(self, columns: int = 3, **given: Any) -> dict:
        """The chart of one state compiled to Vega, its rows taken out (data source ``rows``)."""
        return to_vega(
            self.name,
            self.spec(columns=columns, **given)
            if "columns" in self.chart_arguments
            else self.spec(**given),
        )

    def layouts(self, **given: Any) -> list[dict]:
        """The compiled chart of one state without its description: with one, two and three small multiples in a row where it has any."""
        many = range(1, 4) if "columns" in self.chart_arguments else (3,)
        compiled = [self.compiled(columns=n, **given) for n in many]
        for vega in compiled:
            vega.pop("description", None)
        return compiled
