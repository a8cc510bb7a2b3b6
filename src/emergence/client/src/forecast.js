/* Predict first: the reader places a forecast before the answer is drawn. */
import { tag, fill, number } from "./dom.js";

export class Forecast {
  constructor(figure) {
    this.figure = figure;
    this.done = false;
    this.guess = null;
    const say = figure.words;
    this.marker = tag("div", {
      class: "em-forecast",
      role: "slider",
      tabindex: "0",
      "aria-label": say.predict_marker,
      "aria-orientation": "vertical",
    });
    this.line = tag("div", {
      class: "em-forecast-line",
      "aria-hidden": "true",
    });
    this.straight = tag(
      "div",
      {
        class: "em-forecast-straight",
        "aria-hidden": "true",
        title: say.predict_straight,
        hidden: true,
      },
      "×",
    );
    this.text = tag("span", { class: "em-predict-text" }, say.predict_ask);
    this.show = tag("button", { type: "button", onclick: () => this.reveal(true) }, say.predict_show);
    this.skip = tag("button", { type: "button", onclick: () => this.reveal(false) }, say.predict_skip);
    this.again = tag("button", { type: "button", hidden: true, onclick: () => this.reset() }, say.predict_again);
    this.bar = figure.host.querySelector(".em-predict");
    if (!this.bar) figure.stage.before((this.bar = tag("div", { class: "em-predict", "aria-live": "polite" })));
    this.bar.append(this.text, this.show, this.skip, this.again);
    // In a layer that clips: near the edge of a narrow screen the marker's wide grip must not make the figure scroll.
    figure.stage.append(tag("div", { class: "em-over" }, this.line, this.straight, this.marker));
    this.marker.addEventListener("keydown", (e) => this.key(e));
    this.marker.addEventListener("pointerdown", (e) => {
      this.marker.setPointerCapture(e.pointerId);
      this.dragging = true;
      e.preventDefault();
      this.marker.focus();
    });
    this.marker.addEventListener("pointermove", (e) => {
      if (this.dragging && !this.done)
        this.set(figure.chart.value(e.clientY - figure.stage.getBoundingClientRect().top));
    });
    for (const end of ["pointerup", "pointercancel"])
      this.marker.addEventListener(end, () => {
        this.dragging = false;
      });
  }
  get facts() {
    return this.figure.forecast();
  }
  hides(row) {
    if (this.done) return false;
    const columns = this.figure.columns,
      kind = columns.indexOf("kind");
    return row[columns.indexOf(this.facts.column)] > this.facts.beyond && (kind < 0 || row[kind] !== "reference");
  }
  domain() {
    const d = this.figure.chart.view.scale("y").domain();
    return [Math.min(...d), Math.max(...d)];
  }
  format(v) {
    const [lo, hi] = this.domain();
    return lo >= -0.01 && hi <= 1.2 ? `${(100 * v).toFixed(1)} %` : number(v);
  }
  set(v) {
    if (!Number.isFinite(v)) return;
    const [lo, hi] = this.domain();
    this.guess = Math.max(lo, Math.min(hi, v));
    this.draw();
  }
  key(e) {
    const [lo, hi] = this.domain(),
      unit = (hi - lo) / 100;
    const step = {
      ArrowUp: 1,
      ArrowRight: 1,
      ArrowDown: -1,
      ArrowLeft: -1,
      PageUp: 10,
      PageDown: -10,
    }[e.key];
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
    for (const [k, v] of Object.entries({
      valuemin: lo,
      valuemax: hi,
      valuenow: +this.guess.toPrecision(4),
      valuetext: this.format(this.guess),
    }))
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
    this.done = true;
    this.skipped = !guessed;
    const { truth, line } = this.facts,
      say = this.figure.words;
    const values = {
      guess: this.format(this.guess),
      truth: this.format(truth),
      line: this.format(line),
      error: this.format(Math.abs(this.guess - truth)).replace(" %", ` ${say.predict_points}`),
    };
    this.text.textContent = fill(guessed ? say.predict_result : say.predict_skipped, values);
    this.toggle();
    this.figure.redraw();
    this.again.focus();
  }
  reset(text) {
    this.done = false;
    this.skipped = false;
    this.guess = null;
    this.text.textContent = this.figure.words.predict_ask;
    this.toggle();
    if (text !== "quiet") {
      this.figure.redraw();
      this.marker.focus();
    }
  }
  toggle() {
    this.show.hidden = this.skip.hidden = this.done;
    this.again.hidden = !this.done;
  }
}
