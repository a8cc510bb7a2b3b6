"""The look of every chart: colors, shapes, and how each kind of row is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import altair as alt


KINDS = ("published", "fit", "simulation", "miniature", "reference")
"""Where a row comes from. Each kind has its own mark everywhere in the book (see `kind_scales`)."""

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
                    # A label near an end of the axis stays inside the chart.
                    "axisXQuantitative": {"labelFlush": 12},
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
