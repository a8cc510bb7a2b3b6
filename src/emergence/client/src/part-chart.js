/* One chart of a live part, with its table and download. */
import { Chart, Takeaway, onResize, tag } from "./kit.js";
import { KEPT } from "./kept.js";
import { written } from "./worded.js";

/* One chart of a part, with its table and download. Rows are objects; columns of the chart that a row lacks are empty. */
export class PartChart {
  constructor(part, element, name, { title = part.title, actions = true } = {}) {
    if (!Object.hasOwn(part.page.charts, name))
      throw new Error(`${part.name} has no chart ${name}; it has: ${part.charts.join(", ")}`);
    this.part = part;
    this.name = name;
    this.title = title;
    this.rows = [];
    this.description = undefined;
    this.texts = {};
    this.signals = {};
    this.variants = new Map();
    const stage = element.appendChild(tag("div", { class: "em-stage" }));
    this.chart = new Chart(stage);
    if (actions) {
      const self = this;
      this.takeaway = new Takeaway(part.say, {
        name: part.charts.length > 1 ? `${part.name}-${name}` : part.name,
        title,
        caption: () => this.description || title,
        rows: () => this.cells,
        get columns() {
          return self.page.columns;
        },
        get table() {
          return self.page.table;
        },
      });
      this.actions = tag("div", { class: "em-actions" }, this.takeaway.download, this.takeaway.toggle);
      element.append(this.actions, this.takeaway.box);
    }
    onResize(
      stage,
      part.guard(() => this.chart.view && this.redraw()),
    );
  }
  get page() {
    return this.part.page.charts[this.name];
  }
  get cells() {
    return this.rows.map((r) => this.page.columns.map((c) => r[c] ?? null));
  }
  /* Newest wins: calls made while one is being painted become one. `chart` switches to another chart of the part. */
  draw(rows, description, { chart = this.name, texts = {}, signals = {} } = {}) {
    Object.assign(this, { rows, description, name: chart, texts, signals });
    return this.redraw();
  }
  redraw() {
    if (this.queued) return this.queued;
    const run = async () => {
      this.queued = null;
      await this.paint();
    };
    this.queued = (this.painting || Promise.resolve()).then(run, run);
    this.painting = this.queued;
    this.painting.catch((error) => this.part.fail(error));
    return this.painting;
  }
  async paint() {
    if (this.part.over) return;
    await this.chart.draw(this.spec(), this.page.columns, this.cells, this.description || this.title);
    this.takeaway?.update();
  }
  /* The same object for the same words, so that the chart knows it again. */
  spec() {
    const key = JSON.stringify([this.name, this.texts, this.signals]);
    const spec = this.variants.get(key) || written(this.page.spec, this.texts || {}, this.signals || {});
    this.variants.delete(key);
    this.variants.set(key, spec);
    const [oldest] = this.variants.keys();
    if (this.variants.size > KEPT) this.variants.delete(oldest);
    return spec;
  }
  close() {
    this.chart.clear();
  }
}
