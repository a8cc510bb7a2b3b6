/* One chart: a Vega view of rows that come and go. */
import { tag, clone } from "./dom.js";
import { fit, originOf } from "./fit.js";
import { KEPT, SPARE } from "./kept.js";
import { drawing } from "./loading.js";
import { tooltip, showTapped } from "./tooltip.js";

const drawings = new Set(); // the last used at the end
const spare = (made) => [...made].filter((one) => one.chart.drawing !== one);
const drop = (made) => {
  made.view.finalize();
  drawings.delete(made);
  if (made.chart.kept.get(made.spec) === made) made.chart.kept.delete(made.spec);
};
const same = (a, b) => a.length === b.length && a.every((row, i) => row === b[i] || row.every((v, k) => v === b[i][k]));
/* Vega reports an error in its dataflow and goes on; here it ends the drawing. */
const logger = () => {
  const silent = () => log;
  const log = {
    failed: null,
    level: () => 1,
    warn: silent,
    info: silent,
    debug: silent,
    error(error) {
      log.failed ??= error;
      return log;
    },
  };
  return log;
};
const run = async (view, log) => {
  log.failed = null;
  await view.runAsync();
  if (log.failed) throw log.failed;
};

/* What a chart stands on is part of the drawing: a browser that darkens pages darkens the background of an element, but no drawing. */
const ground = () => {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({
    class: "em-ground",
    width: "100%",
    height: "100%",
  }))
    rect.setAttribute(name, value);
  return rect;
};

export class Chart {
  constructor(stage) {
    this.stage = stage;
    this.drawing = null;
    this.kept = new Map();
    this.guess = {};
  }
  get view() {
    return this.drawing?.view;
  }
  get width() {
    return this.stage.clientWidth || 680;
  }
  columns() {
    const w = this.stage.clientWidth;
    return w < 430 ? 1 : w < 640 ? 2 : 3;
  }
  keeps(spec) {
    return this.kept.get(spec)?.width === this.width;
  }
  /* The drawing of `spec` with these rows at the stage's width: a kept one or a new one, not yet shown. Nothing, when it is no longer
     `wanted` before it is finished. */
  async make(spec, columns, rows, wanted = () => true) {
    const width = this.width,
      objects = () => rows.map((r) => Object.fromEntries(columns.map((c, i) => [c, r[i]])));
    let made = this.kept.get(spec);
    if (made?.width === width) {
      this.keep(made);
      if (!same(made.rows, rows)) {
        made.view.change(
          "rows",
          vega
            .changeset()
            .remove(() => true)
            .insert(objects()),
        );
        await run(made.view, made.log);
      }
    } else {
      made = await this.compose(spec, objects(), width);
      if (!wanted()) {
        made.view.finalize();
        return null;
      }
      if (this.kept.has(spec)) drop(this.kept.get(spec));
      this.keep(made);
    }
    made.rows = rows;
    return made;
  }
  keep(made) {
    this.kept.delete(made.spec);
    this.kept.set(made.spec, made);
    drawings.delete(made);
    drawings.add(made);
    spare(this.kept.values())
      .slice(0, Math.max(0, this.kept.size - KEPT))
      .forEach(drop);
    const all = spare(drawings);
    all.slice(0, Math.max(0, all.length - SPARE)).forEach(drop);
  }
  /* Nothing is drawn or kept any more. */
  clear() {
    for (const made of [...this.kept.values()]) drop(made);
    this.stage.querySelector(":scope > .em-live")?.remove();
    this.drawing = null;
  }
  async compose(spec, objects, width) {
    await drawing();
    const full = clone(spec),
      guess = this.guess;
    for (const source of full.data) if (source.name === "rows") source.values = objects;
    full.signals = (full.signals || []).map((s) =>
      s.name === "width" && s.init ? { name: "width", value: width } : s,
    ); // else asked of the page
    const child = full.signals.find((s) => s.name === "child_width"),
      n = full.layout?.columns ?? this.columns();
    // How much room the axis labels take is known only once they are drawn; a figure's last drawing is a good guess.
    if (child) child.value = guess[`${n} in ${width}`] ?? Math.floor((width - 24 - 46 * n) / n);
    fit(full, width, guess.left ?? 0);
    const box = tag("div", { class: "em-live" });
    for (let pass = 1; ; pass++) {
      const log = logger();
      const view = new vega.View(vega.parse(full, null, { ast: true }), {
        expr: vega.expressionInterpreter,
        renderer: "svg",
        container: box,
        tooltip,
        logger: log,
      });
      await run(view, log);
      if (child) guess[`${n} in ${width}`] = child.value;
      else [guess.left] = originOf(view);
      const svg = box.querySelector("svg"),
        rest = width - svg.getAttribute("width");
      if (pass === 2 || (child ? rest >= 0 && rest <= 4 : !fit(full, width, guess.left))) {
        svg.prepend(ground());
        svg.addEventListener("click", showTapped(svg));
        return { chart: this, spec, view, log, box, width };
      }
      if (child) child.value += Math.floor(rest / n);
      view.finalize();
      box.replaceChildren();
    }
  }
  async draw(spec, columns, rows, description) {
    const made = await this.make(spec, columns, rows);
    if (made.box.parentNode !== this.stage) {
      const shown = this.stage.querySelector(":scope > .em-live");
      if (shown) shown.replaceWith(made.box);
      else this.stage.append(made.box);
    }
    this.drawing = made;
    made.view.description(description);
    const svg = made.box.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", description);
    // A group of marks that was empty when Vega made it is called a symbol for good; a symbol without a name is an error to screen readers.
    for (const group of svg.querySelectorAll('g[role=graphics-symbol][aria-roledescription$="container"]'))
      group.setAttribute("role", "graphics-object");
  }
  /* Pixel position inside the stage of a point in data units, and back; single-view charts only. */
  place(x, y) {
    const [ox, oy] = this.origin();
    return [ox + this.view.scale("x")(x), oy + this.view.scale("y")(y)];
  }
  value(py) {
    return this.view.scale("y").invert(py - this.origin()[1]);
  }
  origin() {
    return originOf(this.view);
  }
}
