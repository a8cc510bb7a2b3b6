"""The figure contract: one definition, drawn on a static page and in a notebook. See `emergence.figure.figure`."""

from .cells import plain, records, to_json
from .control import Choice, Control, FigureError, Predict, Slider
from .definition import Chapter, Definition
from .figure import MANY, MAX_STATES, Figure
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
    "plain",
    "records",
    "to_json",
    "to_svg",
    "to_vega",
    "to_vega_lite",
    "with_rows",
]
