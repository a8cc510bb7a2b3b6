"""The figure contract: one definition, drawn on a static page and in a notebook. See `emergence.figure.figure`."""

from .cells import plain, records, to_json
from .control import Choice, Control, FigureError, Predict, Slider
from .definition import Chapter, Definition
from .figure import MAX_STATES, Figure
from .page import MANY, default_state, page_rows, static_svg, static_vega
from .shown import Shown
from .still import GROUND, INK, WIDTHS, columns_at, to_svg, with_rows
from .vega import to_vega, to_vega_lite

__all__ = [
    "GROUND",
    "INK",
    "MANY",
    "MAX_STATES",
    "WIDTHS",
    "Chapter",
    "Choice",
    "Control",
    "Definition",
    "Figure",
    "FigureError",
    "Predict",
    "Shown",
    "Slider",
    "columns_at",
    "default_state",
    "page_rows",
    "plain",
    "records",
    "static_svg",
    "static_vega",
    "to_json",
    "to_svg",
    "to_vega",
    "to_vega_lite",
    "with_rows",
]
