"""An Altair chart as Vega-Lite, and compiled to Vega with its rows taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .control import FigureError

if TYPE_CHECKING:
    import altair as alt


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
