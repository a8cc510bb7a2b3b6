"""The figure contract: one definition, drawn on a static page and in a notebook.

A `Figure` is two pure functions and their texts::

    frame(**state)            -> pandas.DataFrame   the tidy table that is drawn (and downloaded)
    chart(frame, **some_state) -> altair.Chart      how it is drawn; it names the controls it depends on

The page skin tabulates both over the controls' grid: the distinct specifications (compiled to Vega once, at build time)
and the distinct rows, with the row ranges of every state. No kernel and no second implementation of any formula is
involved, so page and notebook show the same numbers by construction. The notebook skin calls the functions in the
kernel, for any allowed value, and pushes rows to the same client script (`site/static/figure.js`).

A kernel shows the notebook skin; one that a build of the site has started shows the page skin (`bundles`).
"""

from __future__ import annotations

import difflib
import hashlib
import inspect
import itertools
import json
import math
import numbers
import os
import re
import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from . import data
from .text import figure_text, label

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

MIME = "application/vnd.emergence.figure+json"
MAX_STATES = 4000
"""More states than this would make a page heavy; the figure wants fewer controls or coarser steps."""

KINDS = ("published", "fit", "simulation", "miniature", "reference")
"""Where a row comes from. Each kind has its own mark everywhere in the book (see `kind_scales`)."""


class FigureError(ValueError):
    """A figure was asked for something it does not have, or breaks the contract; the message is one sentence."""


@dataclass(frozen=True)
class Choice:
    """One of a few named options, e.g. a task. `default` is the first option unless given."""

    name: str
    options: Sequence[str]
    default: str | None = None

    def __post_init__(self):
        object.__setattr__(self, "options", tuple(self.options))
        if not self.options:
            raise FigureError(f"{self.name} has no options; a choice needs at least one")
        if self.default is None:
            object.__setattr__(self, "default", self.options[0])
        self.check(self.default)

    def check(self, value: Any) -> str:
        if (
            not isinstance(value, Hashable) or value not in self.options
        ):  # an array compares with each option by elements
            near = (
                difflib.get_close_matches(str(value), self.options, n=3, cutoff=0.4) or self.options
            )
            raise FigureError(
                f"{self.name}={data.shown(value)} is not an option; allowed: {', '.join(map(repr, near))}"
            )
        return value

    def say(self, value: str) -> str:
        """The words a reader sees for one of its options."""
        return label(value)

    @property
    def grid(self) -> tuple[str, ...]:
        return self.options

    def to_page(self) -> dict:
        return {
            "name": self.name,
            "label": label(self.name),
            "type": "choice",
            "default": self.options.index(self.default),
            "options": [{"value": o, "label": self.say(o)} for o in self.options],
        }


@dataclass(frozen=True)
class Slider:
    """A number from `minimum` to `maximum`; the page offers steps of `step`, the notebook any value between."""

    name: str
    minimum: float
    maximum: float
    step: float
    default: float
    format: str = "g"

    def __post_init__(self):
        if not self.step > 0:
            raise FigureError(f"{self.name}: step={self.step!r}; a slider needs a step above 0")
        self.check(self.default)
        if not any(math.isclose(self.default, v) for v in self.grid):
            raise FigureError(
                f"{self.name}: default {self.default:g} is not on the grid of steps of {self.step:g}"
            )

    def check(self, value: Any) -> float:
        if (
            isinstance(value, bool)
            or not isinstance(value, numbers.Real)
            or not self.minimum <= value <= self.maximum
        ):
            raise FigureError(
                f"{self.name}={data.shown(value)} is out of range; allowed: numbers from {self.minimum:g} to {self.maximum:g}"
            )
        return value

    def say(self, value: float) -> str:
        """The words a reader sees for a value; those of the grid are written in the slider's format, finer ones in full."""
        return (
            format(value, self.format)
            if any(math.isclose(value, v) for v in self.grid)
            else f"{value:g}"
        )

    @property
    def grid(self) -> tuple[float, ...]:
        steps = round((self.maximum - self.minimum) / self.step)
        whole = all(float(v).is_integer() for v in (self.minimum, self.step))
        values = (self.minimum + i * self.step for i in range(steps + 1))
        return tuple(int(v) if whole else round(v, 10) for v in values)

    def to_page(self) -> dict:
        default = min(range(len(self.grid)), key=lambda i: abs(self.grid[i] - self.default))
        return {
            "name": self.name,
            "label": label(self.name),
            "type": "slider",
            "default": default,
            "options": [{"value": v, "label": self.say(v)} for v in self.grid],
        }


Control = Choice | Slider


@dataclass(frozen=True)
class Predict:
    """Predict first: rows with ``frame[column] > beyond`` stay hidden until the reader has placed a forecast.

    The reader forecasts `y` of the last row of the series `where` (largest `x`). `x` names a column, or a control whose
    value is a column. The comparison is a least-squares straight line through the visible rows of that series, in
    log10 of `x` when `log_x`. Reference rows are never hidden.
    """

    column: str
    beyond: float
    x: str
    y: str
    where: Mapping[str, str]
    log_x: bool = True


@dataclass(eq=False)
class Figure:
    """One figure. See the module's docstring; texts come from ``text/<language>/<chapter>.toml`` under `name`.

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
        self._text = figure_text(self.chapter, self.name)
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
            dict(zip(names, values))
            for values in itertools.product(*(c.grid for c in self.controls))
        ]

    # --- table and chart -----------------------------------------------------------------------------------------
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

    def chart(self, columns: int = 3, **given: Any) -> alt.Chart:
        """The Altair chart of this state. `columns` is the number of small multiples per row, where there are any."""

        register_theme()
        state = self.state(**given)
        layout = {"columns": columns} if "columns" in self.chart_arguments else {}
        arguments = {k: v for k, v in state.items() if k in self.chart_arguments}
        chart = self.chart_function(self.frame(**given), **arguments, **layout)
        return chart.properties(description=self.describe(**given))

    def describe(self, **given: Any) -> str:
        """Alternative text of one state: the finding by default, else the title and what is selected."""
        state = self.state(**given)
        if state == self.state():
            return self.finding
        chosen = "; ".join(f"{label(c.name)}: {c.say(state[c.name])}" for c in self.controls)
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
        return with_rows(vega, [dict(zip(frame, row)) for row in records(frame)], width)

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

    @cached_property
    def page(self) -> dict:
        """The page skin: everything the client needs, as JSON-ready data. States are tabulated (see module)."""
        return _tabulate(self)

    @property
    def key(self) -> str:
        """Hash of the page skin: changes when anything the reader sees changes."""
        return hashlib.sha256(to_json(self.page).encode()).hexdigest()[:12]

    def _repr_mimebundle_(self, include=None, exclude=None):
        return merged(bundles(self, MIME, "live"))

    def _ipython_display_(self):
        publish(bundles(self, MIME, "live"))


Bundle = tuple[dict[str, Any], dict[str, Any]]
"""What a display system is offered at a time: data by MIME type, and their metadata."""


def bundles(shown: Any, mime: str, maker: str) -> list[Bundle]:
    """What a figure or live part is shown as: in a build of the site its page skin under `mime`; else a still picture, and the
    widget that the function `maker` of `emergence.notebook` makes of it, which hides the picture once it is drawn.

    Of one bundle a display system shows one form, and all of them take the widget without knowing whether its code or its state
    will be there: in an export read offline, or a notebook saved without the state of its widgets, nothing is left to see.
    """
    words = f"{shown.title}\n{shown.finding}"
    if os.environ.get("EMERGENCE_SKIN", "notebook") == "page":
        return [({"text/plain": words, mime: shown.page}, {})]
    from . import notebook

    key = secrets.token_hex(6)
    view = getattr(notebook, maker)(shown, key)._repr_mimebundle_()
    data_, metadata = view if isinstance(view, tuple) else (view, {})
    return [
        ({"text/html": notebook.still(shown, key)}, {}),
        (data_ | {"text/plain": words}, metadata),
    ]


def merged(offered: list[Bundle]) -> Bundle:
    """The bundles as one, for display systems that take no more."""
    data_, metadata = zip(*offered)
    return {k: v for d in data_ for k, v in d.items()}, {
        k: v for m in metadata for k, v in m.items()
    }


def publish(offered: list[Bundle]) -> None:
    """Show several bundles below the cell that runs; IPython itself shows a single one."""
    if len(offered) == 1:
        raise NotImplementedError
    from IPython.display import publish_display_data

    for data_, metadata in offered:
        publish_display_data(data_, metadata)


def filled(
    name: str, texts: Mapping[str, str], part: str, facts: Callable[[], Mapping[str, Any]] | None
) -> str:
    """One text of the figure `name` with its ``{placeholders}`` filled; raises `FigureError` for one that `facts` does not give."""
    try:
        return texts[part].format_map(facts() if facts else {})
    except KeyError as error:
        raise FigureError(
            f"{name}: its text {part!r} asks for {error}, which its facts do not give"
        ) from None


def to_vega_lite(chart: alt.Chart) -> dict:
    """The specification of a chart, with all its rows inside."""
    import altair as alt

    with alt.data_transformers.enable("default", max_rows=None):
        return chart.to_dict()


def to_vega(name: str, spec: dict) -> dict:
    """The Vega-Lite specification `spec` of the figure `name` compiled to Vega, its rows taken out (data source ``rows``)."""
    import vl_convert as vlc

    if len(spec.get("datasets", {})) != 1:
        raise FigureError(
            f"{name}: a chart draws from one table; give every layer the same frame and use transform_filter"
        )
    (data_name,) = spec.pop("datasets")
    compiled = vlc.vegalite_to_vega(_rename_data(spec, data_name), vl_version="6.4")
    compiled.pop("$schema", None)
    return compiled


def _rename_data(node: Any, name: str) -> Any:
    """The specification with the data set `name` called ``rows``."""
    if isinstance(node, dict):
        return {
            k: ({"name": "rows"} if k == "data" and v == {"name": name} else _rename_data(v, name))
            for k, v in node.items()
        }
    return [_rename_data(v, name) for v in node] if isinstance(node, list) else node


def to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def plain(value: Any) -> Any:
    """A cell as JSON: missing values become None, floats keep 12 significant digits."""
    import pandas as pd

    if (
        value is None
        or value is pd.NA
        or value is pd.NaT
        or (isinstance(value, float) and not math.isfinite(value))
    ):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        value = float(f"{value:.12g}")
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return value


def records(rows: pd.DataFrame) -> list[tuple]:
    """The rows of a frame as tuples of JSON values, column order kept."""
    columns = [[plain(v) for v in rows[c]] for c in rows]
    return list(zip(*columns))


def _tabulate(figure: Figure) -> dict:
    specs: list[dict] = []
    spec_of: dict[tuple, list[int]] = {}
    spec_index: dict[str, int] = {}
    pool: dict[tuple, int] = {}
    columns: list[str] | None = None
    states, forecasts = [], []
    for state in figure.states():
        rows = figure.frame(**state)
        if columns is None:
            columns = list(rows)
        elif columns != list(rows):
            raise FigureError(
                f"{figure.name}: the table's columns change with the state: {sorted(set(columns) ^ set(rows)) or 'order differs'}"
            )
        index = [pool.setdefault(r, len(pool)) for r in records(rows)]
        key = tuple(v for k, v in state.items() if k in figure.chart_arguments)
        if key not in spec_of:
            spec_of[key] = []
            for vega in figure.layouts(**state):
                text = to_json(vega)
                if text not in spec_index:
                    spec_index[text] = len(specs)
                    specs.append(vega)
                spec_of[key].append(spec_index[text])
        states.append([spec_of[key], _ranges(index)])
        forecasts.append(figure.forecast(**state))
    return {
        "name": figure.name,
        "chapter": figure.chapter,
        "title": figure.title,
        "finding": figure.finding,
        "shows": figure.caption[0],
        "hides": figure.caption[1],
        "simulation": figure.simulation,
        **provenance(figure.tables, figure.runs),
        "controls": [c.to_page() for c in figure.controls],
        "columns": columns,
        "table": [{"name": c, "label": label(c)} for c in figure.columns or columns],
        "rows": [list(c) for c in zip(*pool)],
        "specs": specs,
        "states": states,
        "forecasts": forecasts if figure.predict else None,
    }


MANY = 20
"""A line of sources does not name more than these: who draws more says below the chart which it draws."""


def provenance(tables: Sequence[str], runs: Sequence[str]) -> dict:
    """What the line of sources below a figure tells: ``sources`` of the tables, ``runs`` of our own."""
    return {
        "sources": [
            {
                "name": s.name,
                "title": s.title,
                "authors": s.authors,
                "year": s.year,
                "url": s.url,
                "locator": s.place,
            }
            for s in map(data.source, tables)
        ],
        "runs": [{"title": r.title, "command": r.command} for r in map(data.run, runs)],
    }


def _ranges(index: list[int]) -> list[int]:
    """Row numbers as flat [start, length, start, length, …]; order kept."""
    out: list[int] = []
    for i in index:
        if out and i == out[-2] + out[-1]:
            out[-1] += 1
        else:
            out += [i, 1]
    return out


def page_rows(page: Mapping[str, Any], number: int) -> list[tuple]:
    """The rows the page skin draws in its state `number`: the client's arithmetic, for tests and static pictures."""
    ranges = page["states"][number][1]
    index = [
        i for start, length in zip(ranges[::2], ranges[1::2]) for i in range(start, start + length)
    ]
    return [tuple(column[i] for column in page["rows"]) for i in index]


def default_state(page: Mapping[str, Any]) -> int:
    number = 0
    for c in page["controls"]:
        number = number * len(c["options"]) + c["default"]
    return number


WIDTHS = {"page": 680, "phone": 343}
"""Pixels of the two static pictures of a figure; the phone's holds for screens up to 480 pixels."""


def static_vega(page: Mapping[str, Any], width: int) -> dict:
    """The default view as one Vega specification with its rows, `width` pixels wide, laid out as the client would."""
    number = default_state(page)
    layouts = page["states"][number][0]
    rows = [dict(zip(page["columns"], row)) for row in page_rows(page, number)]
    return with_rows(
        page["specs"][layouts[columns_at(width) - 1 if len(layouts) > 1 else 0]], rows, width
    )


def columns_at(width: int) -> int:
    """How many small multiples stand in a row of a figure `width` pixels wide; the client's `Chart.columns`."""
    return 1 if width < 430 else 2 if width < 640 else 3


def with_rows(vega: Mapping[str, Any], rows: list[dict], width: int) -> dict:
    """A compiled chart with its rows inside, `width` pixels wide, its legends wrapped to that width."""
    spec = json.loads(to_json(vega))
    for source in spec["data"]:
        if source["name"] == "rows":
            source["values"] = rows
    _fit_legends(spec, width)
    _fit_titles(spec, width)
    columns = spec.get("layout", {}).get("columns", 3)
    small = any(s["name"] == "child_width" for s in spec.get("signals", []))
    signals = [s for s in spec.get("signals", []) if s["name"] not in ("width", "child_width")]
    signals.append(
        {"name": "child_width", "value": (width - 50 * columns) // columns}
        if small
        else {"name": "width", "value": width}
    )
    return spec | {"signals": signals}


def _fit_legends(node: dict, width: int) -> None:
    """As many legend columns as their longest label leaves room for: what `fit` in the client does once it knows the axis labels."""
    scales = {s["name"]: s for s in node.get("scales", [])}
    for legend in node.get("legends", []):
        name = next(
            (
                legend[c]
                for c in ("fill", "stroke", "shape", "strokeDash", "opacity", "size")
                if c in legend
            ),
            None,
        )
        written = re.findall(
            r":'((?:\\\\.|[^'\\\\])*)'", json.dumps(legend.get("encode", {}), ensure_ascii=False)
        )
        domain = scales.get(name, {}).get("domain")
        labels = written or ([str(v) for v in domain] if isinstance(domain, list) else [])
        longest = max(map(len, labels), default=0)
        room = int((width - 60) // (36 + 7 * longest if longest else 200))
        legend["columns"] = max(1, min(legend.get("columns", 3), len(labels) or 2, room))
        legend["columnPadding"] = (
            10 + longest
        )  # a reader's fonts may be wider than those measured here
    for mark in node.get("marks", []):
        if mark.get("legends"):
            _fit_legends(mark | {"scales": [*scales.values(), *mark.get("scales", [])]}, width)


def _fit_titles(spec: dict, width: int) -> None:
    """A title of a horizontal axis too long for the chart becomes two lines, as `fitTitles` in the client makes it."""
    for axis in spec.get("axes", []):
        words = axis.get("title")
        if (
            isinstance(words, str)
            and " " in words
            and axis["orient"] in ("top", "bottom")
            and 6.6 * len(words) > width - 60
        ):
            cut = min(
                (i for i, c in enumerate(words) if c == " "), key=lambda i: abs(i - len(words) / 2)
            )
            axis["title"] = [words[:cut], words[cut + 1 :]]


def static_svg(page: Mapping[str, Any], skin: str = "light", width: int = WIDTHS["page"]) -> str:
    """The default view as SVG text for a light or dark page (text that lives in the page takes the page's own ink)."""
    return to_svg(static_vega(page, width), skin)


def to_svg(vega: dict, skin: str) -> str:
    """A Vega specification, rows inside, as SVG text in the ink and on the ground of a light or dark page."""
    if not isinstance(skin, str) or skin not in INK:
        raise FigureError(
            f"skin={data.shown(skin)} is not a skin; allowed: {', '.join(map(repr, INK))}"
        )
    svg = _drawn(to_json(vega)).replace("currentColor", INK[skin])
    left, _, wide, high = re.search(r'viewBox="([^"]*)"', svg)[1].split()
    return re.sub(
        "(<svg[^>]*>)",
        rf'\1<rect x="{left}" width="{wide}" height="{high}" fill="{GROUND[skin]}"/>',
        svg,
        count=1,
    )


@lru_cache(maxsize=4)
def _drawn(vega: str) -> str:
    import vl_convert as vlc

    return roomy(vlc.vega_to_svg(json.loads(vega)))


LETTER = 0.58
"""Mean width of a letter in DejaVu Sans, the widest of the usual system fonts, in font sizes."""


def roomy(svg: str) -> str:
    """The picture with all words in view where the reader's font is wider than the one vl-convert measured with; of the same size."""
    from xml.etree import ElementTree

    def edges(node, x: float):
        moved = re.match(r"translate\(([-\d.e]+)", node.get("transform", ""))
        x += float(moved[1]) if moved else 0
        if node.tag.endswith("}text") and node.text and "rotate" not in node.get("transform", ""):
            wide = LETTER * float(node.get("font-size").removesuffix("px")) * len(node.text)
            left = (
                x - {"start": 0, "middle": wide / 2, "end": wide}[node.get("text-anchor", "start")]
            )
            yield left, left + wide
        for child in node:
            yield from edges(child, x)

    root = ElementTree.fromstring(svg)
    wide, high = (float(root.get(side)) for side in ("width", "height"))
    found = list(edges(root, 0.0))
    left = min([0, *(math.floor(e[0]) for e in found)])
    right = max([wide, *(math.ceil(e[1]) for e in found)])
    return re.sub(r'viewBox="[^"]*"', f'viewBox="{left} 0 {right - left:g} {high:g}"', svg, count=1)


# --- look ------------------------------------------------------------------------------------------------------------
PALETTE = ("#0072b2", "#d55e00", "#12936f", "#b5588f", "#888833", "#3a97d4", "#7a6ad8", "#808080")
"""After Okabe & Ito (2008), darkened where needed for a contrast of 3:1 on white and on the dark page."""

SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
)


INK = {"light": "#323232", "dark": "#ced6dd"}
"""Text and axes are drawn in ``currentColor``, so a live chart follows the page; static pictures are given one of these."""
GROUND = {"light": "#ffffff", "dark": "#121212"}
"""What a static picture brings to stand on, as the page it is made for has it: shown elsewhere, its words still stand out."""


def register_theme() -> None:
    """The look of every figure, independent of light and dark (those colors are set where the figure is shown)."""
    import altair as alt

    if "emergence" not in alt.theme.names():

        @alt.theme.register("emergence", enable=False)
        def theme() -> alt.theme.ThemeConfig:
            ink = "currentColor"
            return alt.theme.ThemeConfig(
                config={
                    "background": "transparent",
                    "font": "system-ui, sans-serif",
                    "range": {"category": list(PALETTE), "symbol": list(SHAPES)},
                    "view": {"stroke": None, "continuousHeight": 320},
                    "style": {
                        "guide-label": {"fill": ink},
                        "guide-title": {"fill": ink},
                        "group-title": {"fill": ink},
                    },
                    "axis": {
                        "labelFontSize": 12,
                        "titleFontSize": 12,
                        "titleFontWeight": "normal",
                        "labelOverlap": True,
                        "titlePadding": 8,
                        "labelColor": ink,
                        "titleColor": ink,
                        "gridColor": ink,
                        "gridOpacity": 0.14,
                        "domainColor": ink,
                        "domainOpacity": 0.5,
                        "tickColor": ink,
                        "tickOpacity": 0.5,
                    },
                    "axisXQuantitative": {
                        "labelFlush": 12
                    },  # a label near an end of the axis stays inside the chart
                    "header": {
                        "labelFontSize": 12,
                        "labelFontWeight": "bold",
                        "labelColor": ink,
                        "title": None,
                    },
                    "legend": {
                        "orient": "top",
                        "direction": "horizontal",
                        "labelFontSize": 12,
                        "titleFontSize": 12,
                        "titleFontWeight": "normal",
                        "labelColor": ink,
                        "titleColor": ink,
                        "labelLimit": 260,
                        "columns": 3,
                        "symbolSize": 90,
                    },
                    "title": {"color": ink},
                    "text": {"color": ink},
                    "line": {"strokeWidth": 2},
                    "point": {"size": 60, "filled": True, "opacity": 1},
                    "rule": {"color": ink, "strokeDash": [4, 4]},
                }
            )

    alt.theme.enable("emergence")


def kind_scales() -> dict:
    """How each kind of row is drawn, everywhere: dash and fill encodings for `kind`.

    Published: solid line, filled mark. Fit: long dashes, no mark. Simulation: dots, hollow mark. Miniature (our own runs):
    dash and dot, hollow mark. Reference (chance, human): thin dashes.
    """
    import altair as alt

    return {
        "strokeDash": alt.StrokeDash(
            "kind:N",
            legend=None,
            scale=alt.Scale(
                domain=list(KINDS), range=[[1, 0], [8, 4], [1, 3], [7, 3, 2, 3], [4, 4]]
            ),
        )
    }
