"""Static pictures of a chart: laid out as the client would, in the ink of a light or dark page."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from emergence import data

from .cells import to_json
from .control import FigureError

WIDTHS = {"page": 680, "phone": 343}
"""Pixels of the two static pictures of a figure; the phone's holds for screens up to 480 pixels."""


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


def to_svg(vega: dict, skin: str) -> str:
    """A Vega specification, rows inside, as SVG text in the ink and on the ground of a light or dark page."""
    if not isinstance(skin, str) or skin not in INK:
        raise FigureError(
            f"skin={data.shown(skin)} is not a skin; allowed: {', '.join(map(repr, INK))}"
        )
    svg = _drawn(to_json(vega)).replace("currentColor", INK[skin])
    left, _, wide, high = svg.partition('viewBox="')[2].partition('"')[0].split()
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
    wide, high = (float(root.attrib[side]) for side in ("width", "height"))
    found = list(edges(root, 0.0))
    left = min([0, *(math.floor(e[0]) for e in found)])
    right = max([wide, *(math.ceil(e[1]) for e in found)])
    return re.sub(r'viewBox="[^"]*"', f'viewBox="{left} 0 {right - left:g} {high:g}"', svg, count=1)


INK = {"light": "#323232", "dark": "#ced6dd"}
"""Text and axes are drawn in ``currentColor``, so a live chart follows the page; static pictures are given one of these."""


GROUND = {"light": "#ffffff", "dark": "#121212"}
"""What a static picture brings to stand on, as the page it is made for has it: shown elsewhere, its words still stand out."""
