/* What a reader may take away: exactly the rows shown, as a table, a file, a link. */
import { writeHash } from "./address.js";
import { tag, number } from "./dom.js";

export const save = (name, content, type) => {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = tag("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};
/* `what` answers name, title, columns, table (the columns offered: [{name, label}]), rows() (arrays in the order of columns) and caption(). */
export class Takeaway {
  constructor(words, what) {
    this.what = what;
    this.box = tag("div", {
      class: "em-table",
      hidden: true,
      tabindex: "0",
      role: "region",
      "aria-label": what.title,
    });
    this.toggle = tag(
      "button",
      {
        type: "button",
        "aria-expanded": "false",
        onclick: () => {
          this.box.hidden = !this.box.hidden;
          this.toggle.setAttribute("aria-expanded", String(!this.box.hidden));
          this.toggle.textContent = this.box.hidden ? words.table : words.chart;
          this.update();
        },
      },
      words.table,
    );
    // Excel takes a file for UTF-8 only by its mark; what reads CSV otherwise knows the mark. The data package's own tables go without it:
    // they are read by programs and checked byte by byte.
    this.download = tag(
      "button",
      {
        type: "button",
        onclick: () => save(`${what.name}.csv`, `\ufeff${this.csv()}`, "text/csv;charset=utf-8"),
      },
      words.download,
    );
  }
  get pick() {
    return this.what.table.map((c) => this.what.columns.indexOf(c.name));
  }
  csv() {
    const cell = (v) => {
      const s = v == null ? "" : String(v);
      return /[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s;
    };
    const pick = this.pick;
    return (
      [this.what.table.map((c) => c.name), ...this.what.rows().map((r) => pick.map((i) => r[i]))]
        .map((r) => r.map(cell).join(","))
        .join("\n") + "\n"
    );
  }
  update() {
    if (this.box.hidden) return;
    const pick = this.pick;
    this.box.replaceChildren(
      tag(
        "table",
        {},
        tag("caption", {}, this.what.caption()),
        tag("thead", {}, tag("tr", {}, ...this.what.table.map((c) => tag("th", { scope: "col" }, c.label)))),
        tag(
          "tbody",
          {},
          ...this.what.rows().map((r) => tag("tr", {}, ...pick.map((i) => tag("td", {}, number(r[i]))))),
        ),
      ),
    );
  }
}
/* Puts the fragment into the address and copies the whole. */
export const copyAddress = async (hash, words, status) => {
  writeHash(hash);
  try {
    await navigator.clipboard.writeText(new URL(hash, location.href).href);
    status.textContent = words.copied;
  } catch {
    status.textContent = words.copy_failed;
  }
};
/* Calls `redraw` when the width of `stage` has changed. */
export const onResize = (stage, redraw) => {
  let width = stage.clientWidth,
    frame;
  new ResizeObserver(() => {
    if (stage.clientWidth === 0 || Math.abs(stage.clientWidth - width) < 2) return; // hidden or gone: nothing to draw for
    width = stage.clientWidth;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(redraw);
  }).observe(stage);
};
