"""The vocabulary of charts: which rows, along which axes, in which series, as which layers.

It makes Altair charts and knows nothing of figures, pages or notebooks::

    from emergence.chart import dots, line, plot, published, share, size

    rows = published("gpt3_table_h1", task="PIQA")
    plot(rows, x=size("params", over=rows), y=share(), by=Series("setting", …), layers=[line(), dots()])
"""

from emergence.theme import KINDS, PALETTE, SHAPES, kind_scales

from .axes import Axis, gain, label_expr, linear, log, named_rows, ordered, over_range, share, size
from .formats import about, magnitude, percent, points, scientific
from .layers import (
    Layer,
    band,
    bars,
    cells,
    dots,
    dumbbell,
    levels,
    line,
    names,
    places,
    rules,
    spans,
    words,
    zero,
)
from .plot import TIPS, Panels, plot, tooltips
from .rows import decimal_years, fractions, one, pick, published, published_fractions, with_levels
from .series import Series

__all__ = [
    "KINDS",
    "PALETTE",
    "SHAPES",
    "TIPS",
    "Axis",
    "Layer",
    "Panels",
    "Series",
    "about",
    "band",
    "bars",
    "cells",
    "decimal_years",
    "dots",
    "dumbbell",
    "fractions",
    "gain",
    "kind_scales",
    "label_expr",
    "levels",
    "line",
    "linear",
    "log",
    "named_rows",
    "names",
    "places",
    "magnitude",
    "one",
    "ordered",
    "over_range",
    "percent",
    "pick",
    "plot",
    "points",
    "published",
    "published_fractions",
    "rules",
    "scientific",
    "share",
    "size",
    "spans",
    "tooltips",
    "with_levels",
    "words",
    "zero",
]
