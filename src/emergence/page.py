"""The page skin: what travels to a static page of a figure or live part.

A figure is tabulated over the grid of its controls: the distinct specifications, compiled to Vega, the distinct rows, and the
row ranges of every state. A live part travels with the compiled charts its script draws, a still picture and its assets.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

from emergence import data
from emergence.figure import Figure, FigureError, records, to_json, to_svg, with_rows
from emergence.figure.still import WIDTHS, columns_at
from emergence.live import Live
from emergence.text import within


@cache
def page_of(shown: Figure | Live) -> dict[str, Any]:
    """Everything the client needs, as JSON-ready data. Raises `FigureError` where a figure's columns change with its state."""
    with within(shown.chapter, shown.name):
        return common(shown) | (live(shown) if isinstance(shown, Live) else tabulated(shown))


def common(shown: Figure | Live) -> dict[str, Any]:
    """Words and provenance: ``sources`` of the tables, ``runs`` of our own."""
    shows, hides = shown.caption
    sources = [
        {
            "name": source.name,
            "title": source.title,
            "authors": source.authors,
            "year": source.year,
            "url": source.url,
            "locator": source.place,
        }
        for source in shown.sources
    ]
    return {
        "name": shown.name,
        "title": shown.title,
        "finding": shown.finding,
        "shows": shows,
        "hides": hides,
        "simulation": shown.simulation,
        "sources": sources,
        "runs": [{"title": r.title, "command": r.command} for r in map(data.run, shown.runs)],
    }


def live(part: Live) -> dict[str, Any]:
    """The client's part, the still picture by width, and the assets as base64."""
    return {
        "client": part.client,
        "script": part.script,
        "room": dict(zip(WIDTHS, part.room, strict=True)),
        "still": {str(width): part.still_vega(width) for width in WIDTHS.values()},
        "assets": {name: base64.b64encode(make()).decode() for name, make in part.assets.items()},
    }


def tabulated(figure: Figure) -> dict[str, Any]:
    """The states of a figure: its distinct specifications and rows, and for every state which of them it shows."""
    specs: list[dict] = []
    spec_of: dict[tuple, list[int]] = {}
    spec_index: dict[str, int] = {}
    pool: dict[tuple, int] = {}
    columns: list[str] = []
    states: list[list] = []
    forecasts = []
    for state in figure.states():
        rows = figure.frame(**state)
        if not states:
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
        "chapter": figure.chapter,
        "controls": [c.to_page() for c in figure.controls],
        "columns": columns,
        "table": [{"name": c, "label": figure.label(c)} for c in figure.columns or columns],
        "rows": [list(c) for c in zip(*pool, strict=True)],
        "specs": specs,
        "states": states,
        "forecasts": forecasts if figure.predict else None,
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
        i
        for start, length in zip(ranges[::2], ranges[1::2], strict=True)
        for i in range(start, start + length)
    ]
    return [tuple(column[i] for column in page["rows"]) for i in index]


def default_state(page: Mapping[str, Any]) -> int:
    number = 0
    for c in page["controls"]:
        number = number * len(c["options"]) + c["default"]
    return number


def static_vega(page: Mapping[str, Any], width: int) -> dict:
    """The default view as one Vega specification with its rows, `width` pixels wide, laid out as the client would."""
    number = default_state(page)
    layouts = page["states"][number][0]
    rows = [dict(zip(page["columns"], row, strict=True)) for row in page_rows(page, number)]
    return with_rows(
        page["specs"][layouts[columns_at(width) - 1 if len(layouts) > 1 else 0]], rows, width
    )


def static_svg(page: Mapping[str, Any], skin: str = "light", width: int = WIDTHS["page"]) -> str:
    """The default view as SVG text for a light or dark page (text that lives in the page takes the page's own ink)."""
    return to_svg(static_vega(page, width), skin)
