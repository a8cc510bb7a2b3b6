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

  /* --- what comes later, and may be lost on the way ------------------------------------------------------------ */
  const script = document.currentScript; // none in a notebook
  const loadScript = (src) => new Promise((done, fail) => {
    const lost = () => {
      node.remove();
      fail(Object.assign(new Error(`${src} could not be loaded`), { src }));
    };
    const node = tag("script", { src, onload: done, onerror: lost });
    document.head.append(node);
  });
  const loading = {}, times = {};
  /* The script at `src`, unless what it brings is `there` already. One that was lost, or brought something else, is asked for again by the
     next call, under an address of its own, so that no cache answers with the loss. */
  const need = (src, there) => {
    if (there()) return Promise.resolve();
    if (loading[src]) return loading[src];
    const address = new URL(src, document.baseURI);
    times[src] = (times[src] ?? 0) + 1;
    if (times[src] > 1) address.searchParams.set("again", times[src]);
    const arrived = loadScript(address.href).then(() => {
      if (!there()) throw new Error(`${src} does not hold what it should`);
    });
    loading[src] = arrived.finally(() => { delete loading[src]; });
    return loading[src];
  };
  const drawing = () => (globalThis.vega ? Promise.resolve() : need(new URL(script.dataset.vega, script.src).href, () => globalThis.vega));
  /* The words for what is lost stand in the page, since those of a figure come with the figure. */
  const pageWords = JSON.parse(script?.dataset.words ?? "{}");

  /* Did the server answer that it has no such file? Then the site was published anew, under other names, and only a new page helps. */
  const isGone = async (src) => {
    try {
      const answer = await fetch(src, { method: "HEAD", cache: "no-store" });
      return [404, 410].includes(answer.status);
    } catch { return false; }
  };
  const waiting = new WeakMap();
  /* Takes away what `lost` put there. */
  const found = (host) => waiting.get(host)?.();
  /* Says in `host` that something was lost, in one sentence; its picture stands. With `again` it is tried again, once: by a button, when the
     reader comes back to the host, and when the network does. */
  const lost = (host, say, sentence, error, again) => {
    console.error(error);
    found(host);
    host.classList.remove("em-drawn");
    host.classList.add("em-failed");
    let status = host.querySelector(".em-status");
    const own = !status;
    if (own) {
      status = tag("p", { class: "em-status", role: "status", "aria-live": "polite" });
      (host.querySelector(".em-room") ?? host).append(status);
    }
    const retry = () => {
      found(host);
      // In a tunnel the pictures were lost too.
      for (const picture of host.querySelectorAll("img")) if (picture.complete && picture.naturalWidth === 0) picture.src = picture.getAttribute("src");
      again();
    };
    const press = () => {
      host.tabIndex = -1; // the button goes, the focus stays near
      host.focus({ preventScroll: true });
      retry();
    };
    const row = tag("div", { class: "em-actions em-again" }, tag("button", { type: "button", onclick: press }, say.retry ?? ""));
    let away = false;
    const watch = new IntersectionObserver((entries) => {
      for (const { isIntersecting } of entries) {
        if (isIntersecting && away) return retry();
        away ||= !isIntersecting;
      }
      return undefined;
    });
    waiting.set(host, () => {
      waiting.delete(host);
      watch.disconnect();
      removeEventListener("online", retry);
      row.remove();
      if (own) status.remove(); else status.textContent = "";
      host.classList.remove("em-failed");
    });
    status.textContent = sentence ?? "";
    if (error.src) isGone(error.src).then((gone) => { if (gone && row.isConnected) status.textContent = say.gone; });
    if (!again) return;
    status.after(row);
    watch.observe(host);
    addEventListener("online", retry);
  };
  /* From a function (host) → promise makes one that begins once for each host; what failed begins anew when it is called again. */
  const opener = (begin) => {
    const opened = new Map();
    const open = (host) => {
      if (opened.has(host)) return opened.get(host);
      found(host);
      const opening = begin(host);
      opened.set(host, opening);
      opening.catch((error) => {
        opened.delete(host);
        lost(host, pageWords, pageWords.lost, error, () => open(host).catch(() => {}));
      });
      return opening;
    };
    return [open, opened];
  };

  /* --- the address ------------------------------------------------------------------------------------------- */
  /* Puts a fragment into the address. Browsers take only so many changes in some seconds (WebKit 100 in ten) and refuse the rest, with an
     error or silently: so changes that follow each other fast, and what was refused, are put there a little later, the newest alone. */
  const PAUSE = 150, REFUSED = 1000, TRIES = 15;
  let newest = null, timer = 0, tries = 0;
  const put = () => {
    timer = 0;
    if (newest === null) return;
    const address = new URL(newest, location.href).href;
    try { history.replaceState(null, "", newest); } catch { /* refused */ }
    const refused = location.href !== address;
    tries = refused ? tries + 1 : 0;
    if (!refused || tries > TRIES) newest = null;
    timer = setTimeout(put, refused ? REFUSED : PAUSE);
  };
  const writeHash = (hash) => {
    newest = hash;
    tries = 0;
    if (!timer) put();
  };
  addEventListener("hashchange", () => { newest = null; }); // the reader went elsewhere

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
  const hideTip = () => { if (tip) tip.hidden = true; };
  addEventListener("keydown", (e) => { if (e.key === "Escape") hideTip(); });
  addEventListener("scroll", hideTip, { passive: true });
  let touched = false; // a click does not say everywhere what made it
  addEventListener("pointerdown", (e) => {
    touched = e.pointerType !== "mouse";
    if (touched) hideTip();
  }, { capture: true, passive: true });
  /* A finger does not move over a mark before it touches it, as Vega waits for, and it is wider than a mark: a tap shows what lies under it
     or next to it. */
  const REACH = [[0, 0], ...[6, 12].flatMap((r) => [0, 1, 2, 3, 4, 5, 6, 7].map((k) => [r * Math.cos((k * Math.PI) / 4), r * Math.sin((k * Math.PI) / 4)]))];
  const showTapped = (svg) => (event) => {
    if (!touched) return;
    for (const [dx, dy] of REACH) {
      const node = document.elementFromPoint(event.clientX + dx, event.clientY + dy);
      const item = svg.contains(node) ? [node.__data__].flat()[0] : null; // where Vega keeps what a node stands for
      if (!item?.tooltip) continue;
      tooltip(null, event, item, item.tooltip);
      return;
    }
  };

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
     costs no parsing. All charts of a page together keep a few that are not shown. */
  const KEPT = 8, SPARE = 16;
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
    const log = { failed: null, level: () => 1, warn: silent, info: silent, debug: silent, error(error) { log.failed ??= error; return log; } };
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
    for (const [name, value] of Object.entries({ class: "em-ground", width: "100%", height: "100%" })) rect.setAttribute(name, value);
    return rect;
  };

  class Chart {
    constructor(stage) { this.stage = stage; this.drawing = null; this.kept = new Map(); this.guess = {}; }
    get view() { return this.drawing?.view; }
    get width() { return this.stage.clientWidth || 680; }
    columns() { const w = this.stage.clientWidth; return w < 430 ? 1 : w < 640 ? 2 : 3; }
    keeps(spec) { return this.kept.get(spec)?.width === this.width; }
    /* The drawing of `spec` with these rows at the stage's width: a kept one or a new one, not yet shown. Nothing, when it is no longer
       `wanted` before it is finished. */
    async make(spec, columns, rows, wanted = () => true) {
      const width = this.width, objects = () => rows.map((r) => Object.fromEntries(columns.map((c, i) => [c, r[i]])));
      let made = this.kept.get(spec);
      if (made?.width === width) {
        this.keep(made);
        if (!same(made.rows, rows)) {
          made.view.change("rows", vega.changeset().remove(() => true).insert(objects()));
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
      spare(this.kept.values()).slice(0, Math.max(0, this.kept.size - KEPT)).forEach(drop);
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
      const full = clone(spec), guess = this.guess;
      for (const source of full.data) if (source.name === "rows") source.values = objects;
      full.signals = (full.signals || []).map((s) => (s.name === "width" && s.init ? { name: "width", value: width } : s)); // else asked of the page
      const child = full.signals.find((s) => s.name === "child_width"), n = full.layout?.columns ?? this.columns();
      // How much room the axis labels take is known only once they are drawn; a figure's last drawing is a good guess.
      if (child) child.value = guess[`${n} in ${width}`] ?? Math.floor((width - 24 - 46 * n) / n);
      fit(full, width, guess.left ?? 0);
      const box = tag("div", { class: "em-live" });
      for (let pass = 1; ; pass++) {
        const log = logger();
        const view = new vega.View(vega.parse(full, null, { ast: true }), { expr: vega.expressionInterpreter, renderer: "svg", container: box, tooltip, logger: log });
        await run(view, log);
        if (child) guess[`${n} in ${width}`] = child.value; else [guess.left] = originOf(view);
        const svg = box.querySelector("svg"), rest = width - svg.getAttribute("width");
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
      // Excel takes a file for UTF-8 only by its mark; what reads CSV otherwise knows the mark. The data package's own tables go without it:
      // they are read by programs and checked byte by byte.
      this.download = tag("button", { type: "button", onclick: () => save(`${what.name}.csv`, `\ufeff${this.csv()}`, "text/csv;charset=utf-8") }, words.download);
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
  /* Puts the fragment into the address and copies the whole. */
  const copyAddress = async (hash, words, status) => {
    writeHash(hash);
    try {
      await navigator.clipboard.writeText(new URL(hash, location.href).href);
      status.textContent = words.copied;
    } catch { status.textContent = words.copy_failed; }
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
      this.asked = 0; // how often a drawing was wanted
      this.failed = null;
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
      this.turned = () => box.matches(":hover, :focus-within");
      for (const turn of ["pointerenter", "focusin"]) box.addEventListener(turn, () => this.prepare());
      this.inputs.forEach((input, i) => {
        const slider = input.type === "range", read = () => (slider ? +input.value : input.selectedIndex);
        input.out = slider ? input.nextElementSibling : null;
        this.state[i] = read();
        input.addEventListener(slider ? "input" : "change", () => this.choose(i, read()));
      });
      this.sync();
    }
    async choose(i, v) {
      this.state[i] = v;
      this.sync();
      this.predict?.reset("quiet");
      if (!(await this.redraw())) return;
      this.status.textContent = `${this.words.showing} ${this.chosen()}. ${this.last.rows.length} ${this.words.rows}.`;
      this.prepare();
    }
    /* What is one change away from here is drawn in idle moments, while the reader is turned to the controls. */
    prepare() {
      const { asked } = this;
      return (this.preparing ||= this.ahead().catch((error) => console.error(error)).finally(() => {
        this.preparing = null;
        if (asked !== this.asked && this.turned()) this.prepare();
      }));
    }
    /* Not in the order of paintings: a change the reader makes waits for none of it, and what is half made then is thrown away. */
    async ahead() {
      const { asked } = this, wanted = () => this.asked === asked && this.turned();
      for (const [spec, state] of this.model.near?.(this.state, this.chart) || []) {
        if (this.chart.keeps(spec)) continue;
        await new Promise((done) => (globalThis.requestIdleCallback || setTimeout)(done));
        if (!wanted()) return;
        await this.chart.make(spec, this.columns, this.seen(this.model.draw(state, this.chart).rows), wanted);
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
    /* One painting at a time; requests made while one waits are the same request, for the newest state. Tells whether it was drawn. */
    redraw() {
      this.asked++;
      found(this.host);
      if (this.queued) return this.queued;
      const paint = () => {
        this.queued = null;
        this.failed = null;
        return this.paint().then(() => true, (error) => this.fail(error));
      };
      this.queued = (this.painting ?? Promise.resolve()).then(paint);
      this.painting = this.queued;
      return this.queued;
    }
    seen(rows) { return this.predict && !this.failed ? rows.filter((r) => !this.predict.hides(r)) : rows; }
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
    /* The picture takes the drawing's place, and table and controls say what the picture shows: the figure as it opens. */
    async fail(error) {
      if (this.queued) return false; // another drawing is wanted by now
      const wanted = [...this.state];
      this.failed = error;
      this.chart.clear();
      this.state = this.model.controls.map((c) => c.default);
      this.sync();
      try { this.last = await this.model.draw(this.state, this.chart); } catch { this.last = { rows: [] }; }
      this.takeaway?.update();
      const sentence = this.takeaway && this.last.rows.length ? this.words.failed : this.words.lost;
      lost(this.host, this.words, sentence, error, () => {
        this.state = wanted;
        this.sync();
        this.redraw();
      });
      return false;
    }
    shown() { return this.seen(this.last.rows); }
    buildActions(box) {
      const say = this.words, { name, title, table } = this.model;
      this.takeaway = new Takeaway(say, { name, title, columns: this.columns, table, rows: () => this.shown(), caption: () => `${title} ${this.chosen()}`.trim() });
      this.tableBox = this.takeaway.box;
      box.after(this.tableBox);
      const copy = tag("button", { type: "button", onclick: () => copyAddress(this.hash(), say, this.status) }, say.copy);
      box.replaceChildren(this.takeaway.download, ...(this.model.linked ? [copy] : []), this.takeaway.toggle);
    }
    hash() {
      const query = this.model.controls.map((c, i) => [c.name, String(c.options[this.state[i]].value)])
        .filter((pair, i) => this.state[i] !== this.model.controls[i].default).map((pair) => pair.map(encodeURIComponent).join("="));
      return `#fig-${this.model.name}${query.length ? `?${query.join("&")}` : ""}`;
    }
  }

  /* --- permalinks: #fig-name?control=value&… ------------------------------------------------------------------ */
  const decode = (text) => {
    try { return decodeURIComponent(text); } catch { return null; } // not a link of ours
  };
  const END = /[.,;:!?)\]}>'"’”»*_]$/; // what stands around a link in a text and is taken for its end
  /* What the value written as `raw` may have been before programs changed it; as it stands comes last and counts most. We write no "+":
     it is one decoded, or a space. */
  const readings = (raw, last) => {
    const plain = decode(raw);
    if (plain === null) return [];
    const forms = new Set([plain, decode(raw.replaceAll("+", " "))]);
    for (const form of [...forms]) if (form.includes("%")) forms.add(decode(form) ?? form);
    if (last) for (const form of forms) if (form.length > 1) forms.add(form.replace(END, "")); // a set goes on with what is added
    return [...forms].reverse();
  };
  /* Only a figure of this page, its own controls and their listed values are taken; anything else changes nothing. Links are read as mail and
     chat programs leave them: encoded again, with &amp; for &, with words, marks and parameters behind. That can be told apart, for we write
     no "?", "&" or "=" in a name or a value. */
  const readHash = (hash) => {
    if (!hash?.startsWith("#")) return null;
    let text = hash.replace(/:~:.*$/s, "").replace(/#$/, "").replace(/^(#|%23)+/i, "");
    for (let k = 0; k < 3 && text.includes("%") && !/[?&=]/.test(text); k++) text = (decode(text) ?? "").replace(/^#/, "");
    const match = /^fig-([a-z0-9-]{1,80})(?:[?&]([^#]{0,2000})|[^\p{L}\p{N}\s#<]*)$/u.exec(text);
    if (!match) return null;
    const several = (part) => (part.split("=").length > 2 ? part.split(/%26/i) : [part]);
    const pairs = (match[2] ?? "").split(/[?&](?:amp;)*/).flatMap(several).map((part) => [part, part.indexOf("=")]).filter(([, cut]) => cut > 0);
    const wanted = pairs.flatMap(([part, cut], i) => {
      const name = decode(part.slice(0, cut));
      return name === null ? [] : readings(part.slice(cut + 1), i === pairs.length - 1).map((value) => [name, value]);
    });
    return { name: match[1], wanted };
  };
  /* The link this page was opened by. A program that encodes the "#" behind a query makes it a part of the query. */
  const linkHere = () => readHash(location.hash || location.search.replace(/^.*?%23(?=fig-)/i, "#"));
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
  const pages = {};
  const define = (key, words, page) => { pages[key] = [page, words]; };
  const inputsOf = (host) => [...host.querySelectorAll(":scope > .em-controls :is(select, input)")];
  /* The inputs of a figure whose script is lost say again what its picture shows. */
  const putBack = (host) => {
    for (const input of inputsOf(host)) {
      if (input.type === "range") input.value = input.defaultValue;
      else input.selectedIndex = [...input.options].findIndex((option) => option.defaultSelected);
    }
  };
  const mount = async (host) => {
    const { key, src } = host.dataset;
    drawing().catch(() => {}); // on its way beside the other; the chart asks for it again
    try { await need(src, () => pages[key]); } catch (error) {
      putBack(host);
      throw error;
    }
    const [page, words] = pages[key], made = new FigureView(host, tabulated(page, words)), link = linkHere();
    if (link?.name === page.name) {
      const linked = applyHash(page.controls, link.wanted);
      made.state = made.state.map((v, i) => (v === page.controls[i].default ? linked[i] : v)); // what the reader chose meanwhile counts more
      made.sync();
    }
    host.emergence = made;
    await made.redraw();
    return made;
  };
  const [open, views] = opener(mount);
  const hosts = () => [...document.querySelectorAll(".em-figure[data-key]")];
  const openAll = () => Promise.all(hosts().map(open));
  const followHash = async (scroll) => {
    const link = linkHere();
    const host = link && hosts().find((h) => h.id === `fig-${link.name}`);
    if (!host) return;
    const known = views.has(host), shown = await open(host).catch(() => null); // the figure says so itself
    if (known && shown) {
      shown.state = applyHash(shown.model.controls, link.wanted);
      shown.sync();
      shown.predict?.reset("quiet");
      await shown.redraw();
    }
    if (scroll) host.scrollIntoView();
  };
  /* Until the reader stirs, the pictures stand: they are the same drawing, and the page is at rest sooner. A forecast has no
     picture to stand in for it and is drawn when it comes near the screen. */
  const STIRRING = ["pointermove", "pointerdown", "touchstart", "keydown", "wheel", "scroll", "focusin"];
  const onStir = (begin) => {
    const stir = (event) => {
      if (event.type === "scroll" && event.target !== document) return; // the theme puts its sidebar back where it was
      STIRRING.forEach((kind) => removeEventListener(kind, stir, true));
      begin();
    };
    STIRRING.forEach((kind) => addEventListener(kind, stir, { capture: true, passive: true }));
  };
  /* Call `open` with each of the elements when it comes within `margin` pixels of the screen. */
  const onApproach = (elements, margin, open) => {
    const seen = new IntersectionObserver((entries) => entries.forEach((e) => {
      if (!e.isIntersecting) return;
      seen.unobserve(e.target);
      open(e.target).catch(() => {}); // what was opened says so itself
    }), { rootMargin: `${margin}px 0px` });
    elements.forEach((element) => seen.observe(element));
  };
  const start = () => {
    onStir(() => onApproach(hosts(), 600, open));
    onApproach(hosts().filter((h) => h.querySelector(".em-predict")), 0, open);
    for (const host of hosts()) {
      host.classList.add("em-alive");
      for (const kind of ["input", "change"]) host.querySelector(":scope > .em-controls").addEventListener(kind, () => open(host).catch(() => {}));
    }
    followHash(true);
    addEventListener("hashchange", () => followHash(true));
  };
  globalThis.emergence = { ...globalThis.emergence, define, open, openAll, views, readHash, applyHash, FigureView,
    kit: { tag, fill, number, clone, save, copyAddress, writeHash, linkHere, need, drawing, lost, found, opener, onStir, onApproach, onResize, Chart, Takeaway } };
  if (document.querySelector(".em-figure[data-key]")) start();
  else if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
})();
