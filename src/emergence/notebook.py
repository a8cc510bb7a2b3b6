"""The notebook skin of a figure: ipywidgets controls above a chart that is redrawn from the kernel.

The chart is an anywidget that runs the page's own client script. `altair.JupyterChart` can only be given a whole new
specification (measured in JupyterLab 4.6: 118 ms median, against 52 ms for rows alone) and has no predict-first control.
The Vega bundle is sent once per front end, when the first figure asks for it, not once per figure.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from . import data
from .figure import Choice, Figure, label, plain, records
from .live import Live, client, interface

STATIC = Path(__file__).parent / "site"

READY = """
const ready = (model) => globalThis.__emergenceVega ||= new Promise((done, fail) => {
  model.on("msg:custom", (message, buffers) => {
    if (message.type !== "vega") return;
    const script = document.createElement("script");
    script.src = URL.createObjectURL(new Blob([message.code], { type: "text/javascript" }));
    script.onload = done; script.onerror = fail;
    document.head.append(script);
  });
  model.send({ type: "vega" });
});
// JupyterLab takes arrow keys for moving between cells, also from a dropdown or a slider, unless the very element says no.
const keepKeys = (el) => (el.isConnected ? el.closest(".widget-vbox")?.addEventListener("focusin",
  (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true")) : requestAnimationFrame(() => keepKeys(el)));
"""

RENDER = READY + """
export default {
  async render({ model, el }) {
    el.classList.add("em-figure");
    const stage = document.createElement("div"), actions = document.createElement("div");
    stage.className = "em-stage"; actions.className = "em-actions";
    el.append(stage, actions);
    keepKeys(el);
    await ready(model);
    const fixed = model.get("figure"), specs = {}; // one object per specification, so that the chart knows it again
    const view = new emergence.FigureView(el, { ...fixed, controls: [],
      forecast: () => model.get("drawn").forecast, draw: () => ({ ...model.get("drawn"), spec: (specs[JSON.stringify(model.get("spec"))] ||= model.get("spec")) }) });
    const redraw = () => { view.predict?.reset("quiet"); return view.redraw(); };
    model.on("change:drawn", redraw);
    el.emergence = view;
    await view.redraw();
  },
};
"""

RENDER_LIVE = READY + """
// Assets come from the kernel when the script asks for them, one message each.
const fetched = (model, name) => new Promise((done) => {
  const take = (message, buffers) => {
    if (message.type !== "asset" || message.name !== name) return;
    model.off("msg:custom", take);
    const view = buffers[0];
    done(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  };
  model.on("msg:custom", take);
  model.send({ type: "asset", name });
});
const run = (code) => new Promise((done, fail) => {
  const script = document.createElement("script");
  script.src = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  script.onload = done; script.onerror = fail;
  document.head.append(script);
});
export default {
  async render({ model, el }) {
    el.classList.add("em-live-part");
    keepKeys(el);
    await ready(model);
    const { page, words, code } = model.get("live");
    if (!emergence.live.clients[page.script]) await run(code);
    const part = new emergence.live.Part(el, page, words, { linked: false,
      asset: (name) => fetched(model, name), worker: () => emergence.live.blobWorker(page.script) });
    el.emergence = part;
    await part.mount();
    return () => part.close();
  },
};
"""


@cache
def _module(*names: str, render: str) -> str:
    """Client scripts and a widget's entry point as one ES module."""
    return "".join((STATIC / "static" / f"{name}.js").read_text("utf-8") for name in names) + render


@cache
def _style() -> str:
    return (STATIC / "static" / "figure.css").read_text("utf-8")


class FigureWidget(anywidget.AnyWidget):
    """One figure in a notebook. `state` is the drawn state; setting it redraws. Raises `FigureError` for a bad state."""

    _esm = _module("figure", render=RENDER)
    _css = _style()
    figure = traitlets.Dict().tag(sync=True)
    spec = traitlets.Dict().tag(sync=True)
    drawn = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict()

    def __init__(self, figure: Figure):
        self._figure = figure
        self._specs: dict[tuple, dict] = {}
        frame = figure.frame()
        super().__init__(
            figure={"name": figure.name, "title": figure.title, "words": interface(), "columns": list(frame),
                    "table": [{"name": c, "label": label(c)} for c in figure.columns or frame], "predicts": figure.predict is not None},
            state=figure.state(), **self._draw(figure.state()))
        self.observe(self._redraw, "state")
        self.on_msg(self._answer)

    def _redraw(self, change) -> None:
        # An unchanged specification is not sent again: traitlets compares, and only rows travel.
        with self.hold_sync():
            for name, value in self._draw(change["new"]).items():
                setattr(self, name, value)

    def _draw(self, state: dict[str, Any]) -> dict[str, dict]:
        figure = self._figure
        key = tuple(v for k, v in state.items() if k in figure.chart_arguments)
        if key not in self._specs:
            self._specs[key] = figure.compiled(**state)
        return {"spec": self._specs[key],
                "drawn": {"rows": [list(r) for r in records(figure.frame(**state))], "description": figure.describe(**state),
                          "forecast": figure.forecast(**state), "state": {k: plain(v) for k, v in state.items()}}}

    def _answer(self, _widget, message: dict, _buffers) -> None:
        if message.get("type") == "vega":
            send_vega(self)


class LiveWidget(anywidget.AnyWidget):
    """One live part in a notebook: the page's client script, its assets sent when asked for."""

    _esm = _module("figure", "live", render=RENDER_LIVE)
    _css = _style()
    live = traitlets.Dict().tag(sync=True)

    def __init__(self, part: Live):
        self._assets = part.assets
        super().__init__(live={"page": part.client | {"assets": {name: name for name in part.assets}}, "words": interface(), "code": client(part.scripts)})
        self.on_msg(self._answer)

    def _answer(self, _widget, message: dict, _buffers) -> None:
        if message.get("type") == "vega":
            send_vega(self)
        elif message.get("type") == "asset" and message.get("name") in self._assets:
            self.send({"type": "asset", "name": message["name"]}, [self._assets[message["name"]]()])


def send_vega(widget: anywidget.AnyWidget) -> None:
    widget.send({"type": "vega", "code": (STATIC / "vendor" / "vega.js").read_text("utf-8")})


def live_part(part: Live) -> ipywidgets.Widget:
    """Title, live part and caption."""
    return ipywidgets.VBox([ipywidgets.HTML(f"<b>{escape(part.title)}</b>"), LiveWidget(part), ipywidgets.HTML(_caption(part))])


def live(figure: Figure) -> ipywidgets.Widget:
    """Controls and chart of a figure, linked: `Choice` becomes a dropdown, `Slider` a slider ten times finer than on the page."""
    chart = FigureWidget(figure)
    controls = []
    for control in figure.controls:
        common = {"description": label(control.name), "style": {"description_width": "initial"}}
        if isinstance(control, Choice):
            widget = ipywidgets.Dropdown(options=[(label(o), o) for o in control.options], value=control.default, **common)
        elif all(isinstance(v, int) for v in control.grid):
            widget = ipywidgets.IntSlider(value=control.default, min=control.minimum, max=control.maximum, step=control.step, **common)
        else:
            widget = ipywidgets.FloatSlider(value=control.default, min=control.minimum, max=control.maximum, step=control.step / 10,
                                            readout_format=".3f", **common)
        widget.observe(lambda change, name=control.name: setattr(chart, "state", figure.state(**{**chart.state, name: change["new"]})), "value")
        controls.append(widget)
    caption = ipywidgets.HTML(_caption(figure))
    return ipywidgets.VBox([ipywidgets.HTML(f"<b>{escape(figure.title)}</b>"), ipywidgets.Box(controls, layout={"flex_flow": "row wrap"}), chart, caption])


def _caption(figure: Figure | Live) -> str:
    words = interface()
    shows, hides = figure.caption
    sources = "; ".join(f'<a href="{escape(s.url)}" target="_blank" rel="noopener">{escape(s.authors)} {s.year}</a>, {escape(s.place)}'
                        for s in figure.sources)
    runs = "; ".join(f"{words['run']}: {escape(r.title)} (<code>{escape(r.command)}</code>)" for r in map(data.run, figure.runs))
    sources = "; ".join(filter(None, (sources, runs))) or words["simulation"]
    return (f"<p><b>{words['shows']}:</b> {escape(shows)}<br><b>{words['hides']}:</b> {escape(hides)}<br>"
            f"<b>{words['sources']}:</b> {sources}</p>")
