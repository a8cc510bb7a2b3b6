/* The client of every figure. The page and the notebook run this same file: the page mounts tabulated figures
   (specifications, rows and row ranges per state, see figure.py), the notebook mounts what its kernel sends. */
(() => {
  "use strict";
  const tag = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [k, v] of Object.entries(attributes)) {
      if (k.startsWith("on")) node.addEventListener(k.slice(2), v);
      else if (v === true) node.setAttribute(k, "");
      else if (v !== false && v != null) node.setAttribute(k, v);
    }
    node.append(...children);
    return node;
  };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, k) => (k in values ? values[k] : all));
  const clone = (value) => JSON.parse(JSON.stringify(value));
  const number = (v) => (typeof v !== "number" ? (v == null ? "" : String(v))
    : Math.abs(v) >= 1e6 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(2).replace("e+", "e") : String(+v.toPrecision(4)));

  /* --- one chart ------------------------------------------------------------------------------------------- */
  let tip;
  const tooltip = (handler, event, item, value) => {
    tip ||= document.body.appendChild(tag("div", { class: "em-tip", role: "tooltip", hidden: true }));
    if (value == null || value === "") { tip.hidden = true; return; }
    tip.replaceChildren(...(typeof value === "object"
      ? Object.entries(value).filter(([, v]) => v !== "" && v !== "null").map(([k, v]) => tag("div", {}, tag("b", {}, `${k} `), String(v))) : [String(value)]));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 4))}px`;
    tip.style.top = `${event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 16}px`;
  };
  addEventListener("keydown", (e) => { if (e.key === "Escape" && tip) tip.hidden = true; });
  addEventListener("scroll", () => { if (tip) tip.hidden = true; }, { passive: true });

  /* A title of a horizontal axis too long for the chart becomes two lines. */
  const halves = (words) => {
    const cut = [...words].map((c, i) => (c === " " ? i : -1)).filter((i) => i > 0).sort((a, b) => Math.abs(a - words.length / 2) - Math.abs(b - words.length / 2))[0];
    return [words.slice(0, cut), words.slice(cut + 1)];
  };
  const fitTitles = (spec, width, left) => {
    const long = (spec.axes || []).filter((a) => typeof a.title === "string" && /top|bottom/.test(a.orient) && a.title.includes(" ") && 6.6 * a.title.length > width - left);
    for (const axis of long) axis.title = halves(axis.title);
    return long.length > 0;
  };

  /* Legends wrap on narrow screens: as many columns as their longest label leaves room for. */
  const fitLegends = (spec, width, left) => {
    let changed = false;
    for (const legend of spec.legends || []) {
      const name = legend.fill || legend.stroke || legend.shape || legend.strokeDash || legend.opacity || legend.size;
      const scale = (spec.scales || []).find((s) => s.name === name);
      // Series carry their words in the label expression: {'key':'words',…}[datum.value]
      const written = [...(legend.encode?.labels?.update?.text?.signal || "").matchAll(/:'((?:\\.|[^'\\])*)'/g)].map((m) => m[1]);
      const labels = written.length ? written : Array.isArray(scale?.domain) ? scale.domain.map(String) : [];
      const longest = Math.max(0, ...labels.map((l) => l.length));
      const most = (legend.most ||= legend.columns || 3);
      const columns = Math.max(1, Math.min(most, labels.length || 2, Math.floor((width - left) / (longest ? 36 + 7 * longest : 200))));
      changed ||= columns !== legend.columns;
      legend.columns = columns;
    }
    for (const mark of spec.marks || []) if (mark.legends) changed = fitLegends(mark, width, left) || changed;
    return changed;
  };
  /* Makes titles and legends fit right of the axis labels (`left` pixels); returns whether anything changed. */
  const fit = (spec, width, left) => [fitTitles(spec, width, left), fitLegends(spec, width, left)].includes(true);

  const originOf = (view) => { const o = view.origin(), p = view.padding(); return [o[0] + p.left, o[1] + p.top]; };

  /* A chart keeps the drawings of the specifications it drew last: going back to one, or to one made ready in an idle moment,
     costs no parsing. */
  const KEPT = 8;
  const same = (a, b) => a.length === b.length && a.every((row, i) => row === b[i] || row.every((v, k) => v === b[i][k]));

  class Chart {
    constructor(stage) { this.stage = stage; this.drawing = null; this.kept = new Map(); this.guess = {}; }
    get view() { return this.drawing?.view; }
    get width() { return this.stage.clientWidth || 680; }
    columns() { const w = this.stage.clientWidth; return w < 430 ? 1 : w < 640 ? 2 : 3; }
    keeps(spec) { return this.kept.get(spec)?.width === this.width; }
    /* The drawing of `spec` with these rows at the stage's width: a kept one or a new one, not yet shown. */
    async make(spec, columns, rows) {
      const width = this.width, objects = () => rows.map((r) => Object.fromEntries(columns.map((c, i) => [c, r[i]])));
      let made = this.kept.get(spec);
      this.kept.delete(spec);
      if (made?.width === width) {
        if (!same(made.rows, rows)) {
          made.view.change("rows", vega.changeset().remove(() => true).insert(objects()));
          await made.view.runAsync();
        }
      } else {
        made?.view.finalize();
        made = await this.compose(spec, objects(), width);
      }
      made.rows = rows;
      this.kept.set(spec, made);
      for (const [old, { view }] of this.kept) if (this.kept.size > KEPT && old !== spec && view !== this.view) { view.finalize(); this.kept.delete(old); }
      return made;
    }
    async compose(spec, objects, width) {
      const full = clone(spec), guess = this.guess;
      for (const source of full.data) if (source.name === "rows") source.values = objects;
      full.signals = (full.signals || []).map((s) => (s.name === "width" && s.init ? { name: "width", value: width } : s)); // else asked of the page
      const child = full.signals.find((s) => s.name === "child_width"), n = full.layout?.columns ?? this.columns();
      // How much room the axis labels take is known only once they are drawn; a figure's last drawing is a good guess.
      if (child) child.value = guess[`${n} in ${width}`] ?? Math.floor((width - 24 - 46 * n) / n);
      fit(full, width, guess.left ?? 0);
      const box = tag("div", { class: "em-live" });
      for (let pass = 1; ; pass++) {
        const view = new vega.View(vega.parse(full, null, { ast: true }), { expr: vega.expressionInterpreter, renderer: "svg", container: box, tooltip, logLevel: 1 });
        await view.runAsync();
        if (child) guess[`${n} in ${width}`] = child.value; else [guess.left] = originOf(view);
        const spare = width - box.querySelector("svg").getAttribute("width");
        if (pass === 2 || (child ? spare >= 0 && spare <= 4 : !fit(full, width, guess.left))) return { view, box, width };
        if (child) child.value += Math.floor(spare / n);
        view.finalize();
        box.replaceChildren();
      }
    }
    async draw(spec, columns, rows, description) {
      const made = await this.make(spec, columns, rows);
      if (made.box.parentNode !== this.stage) {
        const shown = this.stage.querySelector(":scope > .em-live");
        if (shown) shown.replaceWith(made.box); else this.stage.append(made.box);
      }
      this.drawing = made;
      made.view.description(description);
      const svg = made.box.querySelector("svg");
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", description);
      // A group of marks that was empty when Vega made it is called a symbol for good; a symbol without a name is an error to screen readers.
      for (const group of svg.querySelectorAll('g[role=graphics-symbol][aria-roledescription$="container"]')) group.setAttribute("role", "graphics-object");
    }
    /* Pixel position inside the stage of a point in data units, and back; single-view charts only. */
    place(x, y) {
      const [ox, oy] = this.origin();
      return [ox + this.view.scale("x")(x), oy + this.view.scale("y")(y)];
    }
    value(py) { return this.view.scale("y").invert(py - this.origin()[1]); }
    origin() { return originOf(this.view); }
    close() {
      for (const { view } of this.kept.values()) view.finalize();
      this.kept.clear();
    }
  }

  /* --- what a reader may take away: exactly the rows shown --------------------------------------------------- */
  const save = (name, content, type) => {
    const url = URL.createObjectURL(new Blob([content], { type }));
    const link = tag("a", { href: url, download: name });
    document.body.append(link); link.click(); link.remove(); setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  /* `what` answers name, title, columns, table (the columns offered: [{name, label}]), rows() (arrays in the order of columns) and caption(). */
  class Takeaway {
    constructor(words, what) {
      this.what = what;
      this.box = tag("div", { class: "em-table", hidden: true, tabindex: "0", role: "region", "aria-label": what.title });
      this.toggle = tag("button", { type: "button", "aria-expanded": "false", onclick: () => {
        this.box.hidden = !this.box.hidden;
        this.toggle.setAttribute("aria-expanded", String(!this.box.hidden));
        this.toggle.textContent = this.box.hidden ? words.table : words.chart;
        this.update();
      } }, words.table);
      this.download = tag("button", { type: "button", onclick: () => save(`${what.name}.csv`, this.csv(), "text/csv") }, words.download);
    }
    get pick() { return this.what.table.map((c) => this.what.columns.indexOf(c.name)); }
    csv() {
      const cell = (v) => { const s = v == null ? "" : String(v); return /[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s; };
      const pick = this.pick;
      return [this.what.table.map((c) => c.name), ...this.what.rows().map((r) => pick.map((i) => r[i]))].map((r) => r.map(cell).join(",")).join("\n") + "\n";
    }
    update() {
      if (this.box.hidden) return;
      const pick = this.pick;
      this.box.replaceChildren(tag("table", {}, tag("caption", {}, this.what.caption()),
        tag("thead", {}, tag("tr", {}, ...this.what.table.map((c) => tag("th", { scope: "col" }, c.label)))),
        tag("tbody", {}, ...this.what.rows().map((r) => tag("tr", {}, ...pick.map((i) => tag("td", {}, number(r[i]))))))));
    }
  }
  const copyAddress = async (words, status) => {
    try { await navigator.clipboard.writeText(location.href); status.textContent = words.copied; }
    catch { status.textContent = words.copy_failed; }
  };
  /* Calls `redraw` when the width of `stage` has changed. */
  const onResize = (stage, redraw) => {
    let width = stage.clientWidth, frame;
    new ResizeObserver(() => {
      if (stage.clientWidth === 0 || Math.abs(stage.clientWidth - width) < 2) return; // hidden or gone: nothing to draw for
      width = stage.clientWidth; cancelAnimationFrame(frame); frame = requestAnimationFrame(redraw);
    }).observe(stage);
  };

  /* --- predict first ---------------------------------------------------------------------------------------- */
  class Forecast {
    constructor(figure) {
      this.figure = figure; this.done = false; this.guess = null;
      const say = figure.words;
      this.marker = tag("div", { class: "em-forecast", role: "slider", tabindex: "0", "aria-label": say.predict_marker, "aria-orientation": "vertical" });
      this.line = tag("div", { class: "em-forecast-line", "aria-hidden": "true" });
      this.straight = tag("div", { class: "em-forecast-straight", "aria-hidden": "true", title: say.predict_straight, hidden: true }, "×");
      this.text = tag("span", { class: "em-predict-text" }, say.predict_ask);
      this.show = tag("button", { type: "button", onclick: () => this.reveal(true) }, say.predict_show);
      this.skip = tag("button", { type: "button", onclick: () => this.reveal(false) }, say.predict_skip);
      this.again = tag("button", { type: "button", hidden: true, onclick: () => this.reset() }, say.predict_again);
      this.bar = figure.host.querySelector(".em-predict");
      if (!this.bar) figure.stage.before(this.bar = tag("div", { class: "em-predict", "aria-live": "polite" }));
      this.bar.append(this.text, this.show, this.skip, this.again);
      // In a layer that clips: near the edge of a narrow screen the marker's wide grip must not make the figure scroll.
      figure.stage.append(tag("div", { class: "em-over" }, this.line, this.straight, this.marker));
      this.marker.addEventListener("keydown", (e) => this.key(e));
      this.marker.addEventListener("pointerdown", (e) => { this.marker.setPointerCapture(e.pointerId); this.dragging = true; e.preventDefault(); this.marker.focus(); });
      this.marker.addEventListener("pointermove", (e) => { if (this.dragging && !this.done) this.set(figure.chart.value(e.clientY - figure.stage.getBoundingClientRect().top)); });
      for (const end of ["pointerup", "pointercancel"]) this.marker.addEventListener(end, () => { this.dragging = false; });
    }
    get facts() { return this.figure.forecast(); }
    hides(row) {
      if (this.done) return false;
      const columns = this.figure.columns, kind = columns.indexOf("kind");
      return row[columns.indexOf(this.facts.column)] > this.facts.beyond && (kind < 0 || row[kind] !== "reference");
    }
    domain() { const d = this.figure.chart.view.scale("y").domain(); return [Math.min(...d), Math.max(...d)]; }
    format(v) { const [lo, hi] = this.domain(); return lo >= -0.01 && hi <= 1.2 ? `${(100 * v).toFixed(1)} %` : number(v); }
    set(v) {
      if (!Number.isFinite(v)) return;
      const [lo, hi] = this.domain();
      this.guess = Math.max(lo, Math.min(hi, v));
      this.draw();
    }
    key(e) {
      const [lo, hi] = this.domain(), unit = (hi - lo) / 100;
      const step = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 }[e.key];
      if (step && !this.done) this.set(this.guess + step * unit);
      else if (e.key === "Home" && !this.done) this.set(lo);
      else if (e.key === "End" && !this.done) this.set(hi);
      else if (e.key === "Enter" && !this.done) this.reveal(true);
      else return;
      e.preventDefault();
    }
    draw() {
      if (this.guess == null) this.guess = this.facts.start;
      const [x, y] = this.figure.chart.place(this.facts.x, this.guess);
      const [, top] = this.figure.chart.origin();
      this.marker.style.left = this.line.style.left = `${x}px`;
      this.marker.style.top = `${y}px`;
      this.line.style.top = `${top}px`;
      this.line.style.height = `${this.figure.chart.view.height()}px`;
      const [lo, hi] = this.domain();
      for (const [k, v] of Object.entries({ valuemin: lo, valuemax: hi, valuenow: +this.guess.toPrecision(4), valuetext: this.format(this.guess) }))
        this.marker.setAttribute(`aria-${k}`, v);
      this.marker.title = this.format(this.guess);
      const absent = this.done && this.skipped;
      this.marker.hidden = this.line.hidden = absent;
      this.straight.hidden = !this.done;
      const [, below] = this.figure.chart.place(this.facts.x, Math.max(lo, Math.min(hi, this.facts.line)));
      this.straight.style.left = `${x}px`;
      this.straight.style.top = `${below}px`;
    }
    reveal(guessed) {
      this.done = true; this.skipped = !guessed;
      const { truth, line } = this.facts, say = this.figure.words;
      const values = { guess: this.format(this.guess), truth: this.format(truth), line: this.format(line), error: this.format(Math.abs(this.guess - truth)).replace(" %", ` ${say.predict_points}`) };
      this.text.textContent = fill(guessed ? say.predict_result : say.predict_skipped, values);
      this.toggle(); this.figure.redraw(); this.again.focus();
    }
    reset(text) {
      this.done = false; this.skipped = false; this.guess = null;
      this.text.textContent = this.figure.words.predict_ask;
      this.toggle(); if (text !== "quiet") { this.figure.redraw(); this.marker.focus(); }
    }
    toggle() { this.show.hidden = this.skip.hidden = this.done; this.again.hidden = !this.done; }
  }

  /* --- one figure ------------------------------------------------------------------------------------------- */
  /* `host` holds .em-stage and, where present, .em-controls and .em-actions; `model` answers words, name, controls,
     columns, table, draw(state, chart) → {rows, spec, description}, forecast(state). */
  class FigureView {
    constructor(host, model) {
      this.host = host; this.model = model; this.words = model.words; this.columns = model.columns;
      this.stage = host.querySelector(".em-stage");
      this.chart = new Chart(this.stage);
      this.state = model.controls.map((c) => c.default);
      this.inputs = [];
      this.status = host.querySelector(".em-status");
      if (!this.status) this.stage.after(this.status = tag("p", { class: "em-status", "aria-live": "polite" }));
      if (host.querySelector(".em-controls")) this.bindControls(host.querySelector(".em-controls"));
      if (model.predicts) this.predict = new Forecast(this);
      if (host.querySelector(".em-actions")) this.buildActions(host.querySelector(".em-actions"));
      onResize(this.stage, () => this.chart.view && this.redraw());
    }
    forecast() { return this.model.forecast(this.state); }
    /* The inputs stand in the page already; what a reader chose before this script ran counts. */
    bindControls(box) {
      this.inputs = [...box.querySelectorAll("select, input")];
      for (const turn of ["pointerenter", "focusin"]) box.addEventListener(turn, () => this.prepare());
      this.inputs.forEach((input, i) => {
        const slider = input.type === "range", read = () => (slider ? +input.value : input.selectedIndex);
        input.out = slider ? input.nextElementSibling : null;
        this.state[i] = read();
        input.addEventListener(slider ? "input" : "change", () => this.choose(i, read()));
      });
      this.sync();
    }
    choose(i, v) {
      this.state[i] = v;
      this.sync();
      this.predict?.reset("quiet");
      return this.redraw().then(() => { this.status.textContent = `${this.words.showing} ${this.chosen()}. ${this.last.rows.length} ${this.words.rows}.`; this.prepare(); });
    }
    /* What is one change away from here is drawn in idle moments, from when the reader turns to the controls. */
    prepare() {
      return (this.preparing ||= this.ahead().catch((error) => console.error(error)).finally(() => { this.preparing = null; }));
    }
    async ahead() {
      const here = String(this.state);
      for (const [spec, state] of this.model.near?.(this.state, this.chart) || []) {
        if (this.chart.keeps(spec)) continue;
        await new Promise((done) => (globalThis.requestIdleCallback || setTimeout)(done));
        if (String(this.state) !== here) return;
        await this.turn(() => this.chart.make(spec, this.columns, this.seen(this.model.draw(state, this.chart).rows)));
      }
    }
    sync() {
      this.inputs.forEach((input, i) => {
        const control = this.model.controls[i], option = control.options[this.state[i]];
        if (control.type === "slider") { input.value = this.state[i]; input.setAttribute("aria-valuetext", option.label); input.out.textContent = option.label; }
        else input.selectedIndex = this.state[i];
      });
    }
    chosen() { return this.model.controls.map((c, i) => `${c.label}: ${c.options[this.state[i]].label}`).join(", "); }
    /* One painting at a time; requests made while one waits are the same request, for the newest state. */
    redraw() {
      if (this.queued) return this.queued;
      return (this.queued = this.turn(async () => { this.queued = null; await this.paint(); }));
    }
    turn(run) { return (this.painting = (this.painting || Promise.resolve()).then(run, run)); }
    seen(rows) { return this.predict ? rows.filter((r) => !this.predict.hides(r)) : rows; }
    async paint() {
      const started = performance.now();
      this.last = await this.model.draw(this.state, this.chart);
      // Before the forecast the finding would give the answer away to those who listen to the page.
      const said = this.predict && !this.predict.done ? `${this.model.title} ${this.chosen()}`.trim() : this.last.description;
      await this.chart.draw(this.last.spec, this.columns, this.seen(this.last.rows), said);
      this.host.classList.add("em-drawn");
      this.predict?.draw();
      this.takeaway?.update();
      this.took = performance.now() - started;
    }
    shown() { return this.seen(this.last.rows); }
    buildActions(box) {
      const say = this.words, { name, title, table } = this.model;
      this.takeaway = new Takeaway(say, { name, title, columns: this.columns, table, rows: () => this.shown(), caption: () => `${title} ${this.chosen()}`.trim() });
      this.tableBox = this.takeaway.box;
      box.after(this.tableBox);
      const copy = tag("button", { type: "button", onclick: async () => {
        history.replaceState(null, "", this.hash());
        await copyAddress(say, this.status);
      } }, say.copy);
      box.replaceChildren(this.takeaway.download, ...(this.model.linked ? [copy] : []), this.takeaway.toggle);
    }
    hash() {
      const query = this.model.controls.map((c, i) => [c.name, String(c.options[this.state[i]].value)])
        .filter((pair, i) => this.state[i] !== this.model.controls[i].default).map((pair) => pair.map(encodeURIComponent).join("="));
      return `#fig-${this.model.name}${query.length ? `?${query.join("&")}` : ""}`;
    }
  }

  /* --- permalinks: #fig-name?control=value&… ------------------------------------------------------------------ */
  /* Only a figure of this page, its own controls and their listed values are taken; anything else changes nothing. */
  const readHash = (hash) => {
    const match = /^#fig-([a-z0-9-]{1,80})(?:\?([^#]{0,2000}))?$/.exec(hash || "");
    if (!match) return null;
    const wanted = [];
    for (const part of (match[2] || "").split("&")) {
      const cut = part.indexOf("=");
      if (cut < 1) continue;
      try { wanted.push([decodeURIComponent(part.slice(0, cut)), decodeURIComponent(part.slice(cut + 1))]); } catch { /* not a link of ours */ }
    }
    return { name: match[1], wanted };
  };
  const applyHash = (controls, wanted) => {
    const state = controls.map((c) => c.default);
    for (const [name, value] of wanted) {
      const i = controls.findIndex((c) => c.name === name);
      if (i < 0) continue;
      const k = controls[i].options.findIndex((o) => String(o.value) === value);
      if (k >= 0) state[i] = k;
    }
    return state;
  };

  /* --- the page: tabulated figures ---------------------------------------------------------------------------- */
  const stateNumber = (controls, state) => controls.reduce((n, c, i) => n * c.options.length + state[i], 0);
  const tabulated = (page, words) => {
    const specOf = (state, chart) => {
      const [layouts] = page.states[stateNumber(page.controls, state)];
      return page.specs[layouts[layouts.length > 1 ? chart.columns() - 1 : 0]];
    };
    const forecastOf = (state) => page.forecasts[stateNumber(page.controls, state)];
    return {
      words, linked: true, name: page.name, title: page.title, controls: page.controls, columns: page.columns, table: page.table,
      predicts: !!page.forecasts, forecast: forecastOf,
      draw(state, chart) {
        const ranges = page.states[stateNumber(page.controls, state)][1], rows = [];
        for (let i = 0; i < ranges.length; i += 2)
          for (let r = ranges[i]; r < ranges[i] + ranges[i + 1]; r++) rows.push(page.rows.map((column) => column[r]));
        const initial = state.every((v, i) => v === page.controls[i].default);
        return { rows, spec: specOf(state, chart),
          description: initial ? page.finding : `${page.title} ${page.controls.map((c, i) => `${c.label}: ${c.options[state[i]].label}`).join("; ")}.` };
      },
      /* Other specifications that are one change away, each with a state drawn by it; the shortest moves first. */
      near(state, chart) {
        const found = new Map([[specOf(state, chart), state]]);
        const moves = page.controls.flatMap((c, i) => c.options.map((_, k) => [i, k])).sort((a, b) => Math.abs(a[1] - state[a[0]]) - Math.abs(b[1] - state[b[0]]));
        for (const [i, k] of moves) {
          const next = Object.assign([...state], { [i]: k }), spec = specOf(next, chart);
          if (!found.has(spec)) found.set(spec, next);
        }
        return [...found].slice(1, KEPT);
      },
    };
  };
  const pages = {}, views = new Map();
  const define = (key, words, page) => { pages[key] = [page, words]; };
  const loadScript = (src) => new Promise((done, fail) => document.head.append(tag("script", { src, onload: done, onerror: () => fail(new Error(src)) })));
  const script = document.currentScript;
  let vegaLoaded;
  const drawing = () => (vegaLoaded ||= globalThis.vega ? Promise.resolve() : loadScript(new URL(script.dataset.vega, script.src)));
  const open = async (host) => {
    if (views.has(host)) return views.get(host);
    const { key, src } = host.dataset;
    const promise = (async () => {
      await Promise.all([drawing(), pages[key] || loadScript(src)]);
      const [page, words] = pages[key];
      const view = new FigureView(host, tabulated(page, words));
      const link = readHash(location.hash);
      if (link && link.name === page.name) { view.state = applyHash(page.controls, link.wanted); view.sync(); }
      await view.redraw();
      return (host.emergence = view);
    })();
    views.set(host, promise);
    promise.catch((error) => {
      console.error(error);
      host.classList.add("em-failed");
      if (pages[key]) host.querySelector(".em-actions").textContent = pages[key][1].failed;
    });
    return promise;
  };
  const hosts = () => [...document.querySelectorAll(".em-figure[data-key]")];
  const openAll = () => Promise.all(hosts().map(open));
  const followHash = async (scroll) => {
    const link = readHash(location.hash);
    const host = link && hosts().find((h) => h.id === `fig-${link.name}`);
    if (!host) return;
    const known = views.has(host), view = await open(host);
    if (known) { view.state = applyHash(view.model.controls, link.wanted); view.sync(); view.predict?.reset("quiet"); await view.redraw(); }
    if (scroll) host.scrollIntoView();
  };
  /* Until the reader stirs, the pictures stand: they are the same drawing, and the page is at rest sooner. A forecast has no
     picture to stand in for it and is drawn when it comes near the screen. */
  const STIRRING = ["pointermove", "pointerdown", "touchstart", "keydown", "wheel", "scroll", "focusin"];
  const onStir = (begin) => {
    const stir = () => { STIRRING.forEach((kind) => removeEventListener(kind, stir, true)); begin(); };
    STIRRING.forEach((kind) => addEventListener(kind, stir, { capture: true, passive: true }));
  };
  /* Call `open` with each of the elements when it comes within `margin` pixels of the screen. */
  const onApproach = (elements, margin, open) => {
    const seen = new IntersectionObserver((entries) => entries.forEach((e) => {
      if (e.isIntersecting) { seen.unobserve(e.target); open(e.target); }
    }), { rootMargin: `${margin}px 0px` });
    elements.forEach((element) => seen.observe(element));
  };
  const start = () => {
    onStir(() => onApproach(hosts(), 600, open));
    onApproach(hosts().filter((h) => h.querySelector(".em-predict")), 0, open);
    followHash(true);
    addEventListener("hashchange", () => followHash(true));
  };
  globalThis.emergence = { ...globalThis.emergence, define, open, openAll, views, readHash, applyHash, FigureView,
    kit: { tag, fill, number, clone, save, copyAddress, loadScript, drawing, onStir, onApproach, onResize, Chart, Takeaway } };
  if (document.querySelector(".em-figure[data-key]")) start();
  else if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
})();
