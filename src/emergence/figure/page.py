"""The page skin: a figure tabulated over the grid of its controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emergence import data

from .cells import records, to_json
from .control import FigureError
from .still import WIDTHS, columns_at, to_svg, with_rows

if TYPE_CHECKING:
    from .figure import Figure


def tabulate(figure: Figure) -> dict:
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
        "table": [{"name": c, "label": figure.label(c)} for c in figure.columns or columns],
        "rows": [list(c) for c in zip(*pool, strict=True)],
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
