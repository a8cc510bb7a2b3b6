/* One figure, on a page or in a notebook. */
import { Chart } from "./chart.js";
import { tag } from "./dom.js";
import { Forecast } from "./forecast.js";
import { found, lost } from "./loading.js";
import { Takeaway, copyAddress, onResize } from "./takeaway.js";

/* `host` holds .em-stage and, where present, .em-controls and .em-actions; `model` answers words, name, controls,
   columns, table, draw(state, chart) → {rows, spec, description}, forecast(state). */
export class FigureView {
  constructor(host, model) {
    this.host = host;
    this.model = model;
    this.words = model.words;
    this.columns = model.columns;
    this.stage = host.querySelector(".em-stage");
    this.chart = new Chart(this.stage);
    this.state = model.controls.map((c) => c.default);
    this.inputs = [];
    this.asked = 0; // how often a drawing was wanted
    this.failed = null;
    this.status = host.querySelector(".em-status");
    if (!this.status) this.stage.after((this.status = tag("p", { class: "em-status", "aria-live": "polite" })));
    if (host.querySelector(".em-controls")) this.bindControls(host.querySelector(".em-controls"));
    if (model.predicts) this.predict = new Forecast(this);
    if (host.querySelector(".em-actions")) this.buildActions(host.querySelector(".em-actions"));
    onResize(this.stage, () => this.chart.view && this.redraw());
  }
  forecast() {
    return this.model.forecast(this.state);
  }
  /* The inputs stand in the page already; what a reader chose before this script ran counts. */
  bindControls(box) {
    this.inputs = [...box.querySelectorAll("select, input")];
    this.turned = () => box.matches(":hover, :focus-within");
    for (const turn of ["pointerenter", "focusin"]) box.addEventListener(turn, () => this.prepare());
    this.inputs.forEach((input, i) => {
      const slider = input.type === "range",
        read = () => (slider ? +input.value : input.selectedIndex);
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
    return (this.preparing ||= this.ahead()
      .catch((error) => console.error(error))
      .finally(() => {
        this.preparing = null;
        if (asked !== this.asked && this.turned()) this.prepare();
      }));
  }
  /* Not in the order of paintings: a change the reader makes waits for none of it, and what is half made then is thrown away. */
  async ahead() {
    const { asked } = this,
      wanted = () => this.asked === asked && this.turned();
    for (const [spec, state] of this.model.near?.(this.state, this.chart) || []) {
      if (this.chart.keeps(spec)) continue;
      await new Promise((done) => (globalThis.requestIdleCallback || setTimeout)(done));
      if (!wanted()) return;
      await this.chart.make(spec, this.columns, this.seen(this.model.draw(state, this.chart).rows), wanted);
    }
  }
  sync() {
    this.inputs.forEach((input, i) => {
      const control = this.model.controls[i],
        option = control.options[this.state[i]];
      if (control.type === "slider") {
        input.value = this.state[i];
        input.setAttribute("aria-valuetext", option.label);
        input.out.textContent = option.label;
      } else input.selectedIndex = this.state[i];
    });
  }
  chosen() {
    return this.model.controls.map((c, i) => `${c.label}: ${c.options[this.state[i]].label}`).join(", ");
  }
  /* One painting at a time; requests made while one waits are the same request, for the newest state. Tells whether it was drawn. */
  redraw() {
    this.asked++;
    found(this.host);
    if (this.queued) return this.queued;
    const paint = () => {
      this.queued = null;
      this.failed = null;
      return this.paint().then(
        () => true,
        (error) => this.fail(error),
      );
    };
    this.queued = (this.painting ?? Promise.resolve()).then(paint);
    this.painting = this.queued;
    return this.queued;
  }
  seen(rows) {
    return this.predict && !this.failed ? rows.filter((r) => !this.predict.hides(r)) : rows;
  }
  async paint() {
    const started = performance.now();
    this.last = await this.model.draw(this.state, this.chart);
    // Before the forecast the finding would give the answer away to those who listen to the page.
    const said =
      this.predict && !this.predict.done ? `${this.model.title} ${this.chosen()}`.trim() : this.last.description;
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
    try {
      this.last = await this.model.draw(this.state, this.chart);
    } catch {
      this.last = { rows: [] };
    }
    this.takeaway?.update();
    const sentence = this.takeaway && this.last.rows.length ? this.words.failed : this.words.lost;
    lost(this.host, this.words, sentence, error, () => {
      this.state = wanted;
      this.sync();
      this.redraw();
    });
    return false;
  }
  shown() {
    return this.seen(this.last.rows);
  }
  buildActions(box) {
    const say = this.words,
      { name, title, table } = this.model;
    this.takeaway = new Takeaway(say, {
      name,
      title,
      columns: this.columns,
      table,
      rows: () => this.shown(),
      caption: () => `${title} ${this.chosen()}`.trim(),
    });
    this.tableBox = this.takeaway.box;
    box.after(this.tableBox);
    const copy = tag(
      "button",
      {
        type: "button",
        onclick: () => copyAddress(this.hash(), say, this.status),
      },
      say.copy,
    );
    box.replaceChildren(this.takeaway.download, ...(this.model.linked ? [copy] : []), this.takeaway.toggle);
  }
  hash() {
    const query = this.model.controls
      .map((c, i) => [c.name, String(c.options[this.state[i]].value)])
      .filter((pair, i) => this.state[i] !== this.model.controls[i].default)
      .map((pair) => pair.map(encodeURIComponent).join("="));
    return `#fig-${this.model.name}${query.length ? `?${query.join("&")}` : ""}`;
  }
}
