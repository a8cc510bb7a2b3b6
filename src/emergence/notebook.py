"""The notebook skin of a figure: ipywidgets controls above a chart that is redrawn from the kernel.

The chart is an anywidget that runs the page's own client script. `altair.JupyterChart` can only be given a whole new
specification (measured in JupyterLab 4.6: 118 ms median, against 52 ms for rows alone) and has no predict-first control.
The client's code, with the drawing library in it, is the state of one widget per kernel, not of each figure and no message.
"""

from __future__ import annotations

import base64
from html import escape
from typing import Any

import anywidget
import ipywidgets
import traitlets

from . import client, data
from .figure import MANY, Choice, Control, Figure, plain, records
from .live import Live
from .text import interface


class Library(ipywidgets.Widget):
    """The client's code as the state of one widget, to which all figures of a kernel refer (see ``client/widget.js``)."""

    version = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)


_library: Library | None = None


def library() -> Library:
    """This kernel's `Library`; another one when it was closed (`Widget.close_all`)."""
    global _library
    if _library is None or _library.comm is None:
        version, code = client.module()
        _library = Library(version=version, code=code)
    return _library


class _Shown(anywidget.AnyWidget):
    """What figure and live part share: the client's code, and the `key` of the still picture to hide once it draws."""

    _esm = client.widget()
    library = traitlets.Instance(ipywidgets.Widget).tag(
        sync=True, **ipywidgets.widget_serialization
    )
    still = traitlets.Unicode().tag(sync=True)

    def __init__(self, key: str, **state: Any):
        super().__init__(library=library(), still=key, **state)


class FigureWidget(_Shown):
    """One figure in a notebook. `state` is the drawn state; setting it redraws. Raises `FigureError` for a bad state."""

    figure = traitlets.Dict().tag(sync=True)
    layouts: traitlets.List = traitlets.List().tag(sync=True)
    drawn = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict()

    def __init__(self, figure: Figure, key: str = ""):
        self._figure = figure
        self._layouts: dict[tuple, list[dict]] = {}
        frame = figure.frame()
        table = [{"name": c, "label": figure.label(c)} for c in figure.columns or frame]
        super().__init__(
            key,
            figure={
                "name": figure.name,
                "title": figure.title,
                "words": interface(),
                "alone": alone(),
                "columns": list(frame),
                "table": table,
                "predicts": figure.predict is not None,
            },
            state=figure.state(),
            **self._draw(figure.state()),
        )
        self.observe(self._redraw, "state")

    def _redraw(self, change) -> None:
        # An unchanged specification is not sent again: traitlets compares, and only rows travel.
        with self.hold_sync():
            for name, value in self._draw(change["new"]).items():
                setattr(self, name, value)

    def _draw(self, state: dict[str, Any]) -> dict[str, Any]:
        figure = self._figure
        key = tuple(v for k, v in state.items() if k in figure.chart_arguments)
        if key not in self._layouts:
            self._layouts[key] = figure.layouts(**state)
        return {
            "layouts": self._layouts[key],
            "drawn": {
                "rows": [list(r) for r in records(figure.frame(**state))],
                "description": figure.describe(**state),
                "forecast": figure.forecast(**state),
                "state": {k: plain(v) for k, v in state.items()},
            },
        }


class LiveWidget(_Shown):
    """One live part in a notebook: the page's client script, its assets sent when asked for."""

    live = traitlets.Dict().tag(sync=True)

    def __init__(self, part: Live, key: str = ""):
        self._assets = part.assets
        page = part.client | {"assets": {name: name for name in part.assets}}
        super().__init__(
            key,
            live={
                "page": page,
                "words": interface(),
                "alone": alone(),
                "code": client.part(part.script),
            },
        )
        self.on_msg(self._answer)

    def _answer(self, _widget, message: dict, _buffers) -> None:
        if message.get("type") == "asset" and message.get("name") in self._assets:
            self.send({"type": "asset", "name": message["name"]}, [self._assets[message["name"]]()])


def alone() -> str:
    """What a figure says while no kernel answers it."""
    return interface("notebook")["alone"]


def still(shown: Figure | Live, key: str) -> str:
    """Title, still picture and caption as HTML that needs no script; dark on white, whatever the notebook's theme."""
    picture = base64.b64encode(shown.svg().encode()).decode()
    return (
        f'<div class="em-still-{key}" style="background:#fff;color:#222;padding:.5em"><b>{escape(shown.title)}</b><br>'
        f'<img alt="{escape(shown.finding)}" style="max-width:100%" src="data:image/svg+xml;base64,{picture}">{_caption(shown)}</div>'
    )


def live_part(part: Live, key: str = "") -> ipywidgets.Widget:
    """Title, live part and caption; hides the `still` of that `key` while it is drawn."""
    return ipywidgets.VBox(
        [
            ipywidgets.HTML(f"<b>{escape(part.title)}</b>"),
            LiveWidget(part, key),
            ipywidgets.HTML(_caption(part)),
        ]
    )


def live(figure: Figure, key: str = "") -> ipywidgets.Widget:
    """Controls and chart of a figure, linked: `Choice` becomes a dropdown, `Slider` a slider ten times finer than on the page.

    It hides the `still` of that `key` while it is drawn. A slider that is dragged redraws as it goes: ipywidgets keeps one message
    under way and of those that wait only the newest, so a slow figure skips values and never falls behind.
    """
    chart = FigureWidget(figure, key)
    controls = [_control(figure, control) for control in figure.controls]
    for control, widget in zip(figure.controls, controls, strict=True):
        widget.observe(
            lambda change, name=control.name: setattr(
                chart, "state", figure.state(**{**chart.state, name: change["new"]})
            ),
            "value",
        )
    caption = ipywidgets.HTML(_caption(figure))
    return ipywidgets.VBox(
        [
            ipywidgets.HTML(f"<b>{escape(figure.title)}</b>"),
            ipywidgets.Box(controls, layout={"flex_flow": "row wrap"}),
            chart,
            caption,
        ]
    )


def _control(figure: Figure, control: Control) -> ipywidgets.Widget:
    common = {
        "description": figure.label(control.name),
        "style": {"description_width": "initial"},
        "value": control.default,
    }
    if isinstance(control, Choice):
        options = [(figure.label(option), option) for option in control.options]
        return ipywidgets.Dropdown(options=options, **common)
    common |= {"min": control.minimum, "max": control.maximum}
    if all(isinstance(value, int) for value in control.grid):
        return ipywidgets.IntSlider(step=control.step, **common)
    return ipywidgets.FloatSlider(step=control.step / 10, readout_format=".3f", **common)


def _caption(figure: Figure | Live) -> str:
    words = interface()
    shows, hides = figure.caption
    # Links in the ink of the words around them: a dark notebook's pale blue could not be read on the still picture's white.
    link = 'style="color:inherit;text-decoration:underline" target="_blank" rel="noopener"'
    sources = "; ".join(
        f'<a href="{escape(s.url)}" {link}>{escape(s.authors)} {s.year}</a>, {escape(s.place)}'
        for s in figure.sources
    )
    if len(figure.sources) > MANY:
        sources = escape(words["many_sources"].format(tables=len(figure.sources)))
    runs = "; ".join(
        f"{words['run']}: {escape(r.title)} (<code>{escape(r.command)}</code>)"
        for r in map(data.run, figure.runs)
    )
    sources = "; ".join(filter(None, (sources, runs))) or words["simulation"]
    return (
        f"<p><b>{words['shows']}:</b> {escape(shows)}<br><b>{words['hides']}:</b> {escape(hides)}<br>"
        f"<b>{words['sources']}:</b> {sources}</p>"
    )
