/* The part of the client that runs in a notebook. `emergence.notebook` makes one module of the drawing library, figure.js, live.js and
   this file; `emergence` is what that module's own figure.js made, so figures of two versions of the package do not mix. */

/* JupyterLab gives a view a place and a width only after it was rendered, and in a hidden tab much later. */
const seen = (el) =>
  new Promise((done) => {
    const watch = new ResizeObserver(() => {
      if (el.clientWidth === 0) return;
      watch.disconnect();
      done();
    });
    watch.observe(el);
  });

/* Calls `act` now and whenever something of `kind` changes in `node`; returns a function that ends it. */
const follow = (node, kind, act) => {
  const watch = new MutationObserver(act);
  watch.observe(node, kind);
  act();
  return () => watch.disconnect();
};

/* The still picture stands in an output of its own, for readers without this script; it is away while the live drawing is there. */
const hideStill = (el, still) => {
  if (!still) return () => {};
  const style = document.createElement("style");
  style.textContent = `.em-still-${still}, :is(.jp-OutputArea-child, .output_area):has(.em-still-${still}) { display: none !important; }`;
  document.head.append(style);
  const sync = () => {
    style.disabled = !el.classList.contains("em-drawn") || el.classList.contains("em-failed");
  };
  const end = follow(el, { attributeFilter: ["class"] }, sync);
  return () => {
    end();
    style.remove();
  };
};

/* JupyterLab takes arrow keys for moving between cells, also from a menu or a slider, unless the very element says no. */
const keepKeys = (box) => {
  const keep = (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  box.addEventListener("focusin", keep);
  return () => box.removeEventListener("focusin", keep);
};

/* ipywidgets writes a name beside a slider and its number but does not give it to them. */
const nameControls = (box) =>
  follow(box, { childList: true, subtree: true }, () => {
    for (const control of box.querySelectorAll(".widget-inline-hbox")) {
      const name = control.querySelector("label")?.textContent;
      if (!name) continue;
      for (const part of control.querySelectorAll("[role=slider]:not([aria-label]), .widget-readout:not([aria-label])"))
        part.setAttribute("aria-label", name);
      for (const field of control.querySelectorAll(".widget-readout[contenteditable]:not([role])"))
        field.setAttribute("role", "textbox");
    }
  });

/* Without a kernel nothing answers the controls: they are set aside, so that they never contradict the picture, and a sentence says so. */
const sayWhenAlone = (el, box, words) => {
  const note = document.createElement("p");
  note.className = "em-status";
  note.setAttribute("role", "status");
  el.prepend(note);
  const sync = () => {
    const alone = el.classList.contains("jupyter-widgets-disconnected");
    if (box) box.inert = alone;
    if (box) box.style.opacity = alone ? "0.55" : "";
    note.hidden = !alone;
    note.textContent = alone ? words : "";
  };
  return follow(el, { attributeFilter: ["class"] }, sync);
};

/* The end of a view, once for all. The model outlives the next run of its cell and keeps its last view, with this function: of the
   figure, which is heavy, nothing must hang on that, so each end is forgotten when it was called. */
const ending = (el, ends) => () => {
  while (ends.length) ends.pop()();
  delete el.emergence;
  el.replaceChildren();
};

/* The same object for the same specification, so that the chart knows it again. */
const pooled = (pool, spec) => (pool[JSON.stringify(spec)] ||= spec);

const renderFigure = async (model, el) => {
  el.classList.add("em-figure");
  await seen(el);
  const ends = [hideStill(el, model.get("still"))];
  const box = el.closest(".widget-vbox");
  const controls = box?.querySelector(".widget-box");
  if (box) ends.push(keepKeys(box));
  if (controls) ends.push(nameControls(controls));
  const fixed = model.get("figure");
  if (controls?.children.length) ends.push(sayWhenAlone(el, controls, fixed.alone));
  const stage = document.createElement("div");
  const actions = document.createElement("div");
  stage.className = "em-stage";
  actions.className = "em-actions";
  el.append(stage, actions);
  const pool = {};
  const draw = (_state, chart) => {
    const layouts = model.get("layouts");
    const spec = layouts.length > 1 ? layouts[chart.columns() - 1] : layouts[0];
    return { ...model.get("drawn"), spec: pooled(pool, spec) };
  };
  const view = new emergence.FigureView(el, {
    ...fixed,
    controls: [],
    forecast: () => model.get("drawn").forecast,
    draw,
  });
  el.emergence = view;
  model.on("change:drawn", () => {
    view.predict?.reset("quiet");
    view.redraw();
  });
  ends.push(() => view.chart.clear());
  await view.redraw();
  return ending(el, ends);
};

/* Assets come from the kernel when the script asks for them, one message each. */
const fetched = (model, el, name, words) =>
  new Promise((done, fail) => {
    const over = () => {
      model.off("msg:custom", take);
      model.off("comm_live_update", later);
    };
    const take = (message, buffers) => {
      if (message.type !== "asset" || message.name !== name) return;
      over();
      const view = buffers[0];
      done(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
    };
    const check = () => {
      if (!el.classList.contains("jupyter-widgets-disconnected")) return;
      over();
      fail(new Error(words));
    };
    const later = () => queueMicrotask(check); // the view is told in the same turn
    model.on("msg:custom", take);
    model.on("comm_live_update", later);
    model.send({ type: "asset", name });
    check();
  });

const renderLive = async (model, el) => {
  el.classList.add("em-live-part");
  await seen(el);
  const ends = [hideStill(el, model.get("still")), keepKeys(el.closest(".widget-vbox") || el)];
  const { page, words, code, alone } = model.get("live");
  if (!emergence.live.clients[page.script])
    (await imported(`export default (emergence) => {\n${code}\n};`)).default(emergence);
  const begin = () => {
    el.emergence = new emergence.live.Part(el, page, words, {
      linked: false,
      asset: (name) => fetched(model, el, name, alone),
      again: begin,
    });
    return el.emergence.mount();
  };
  ends.push(() => el.emergence.close());
  await begin();
  return ending(el, ends);
};

const imported = async (code) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
};

export const render = ({ model, el }) => (model.get("live") ? renderLive(model, el) : renderFigure(model, el));
