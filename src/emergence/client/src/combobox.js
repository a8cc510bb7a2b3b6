/* A text field that filters a long list as the reader types (the WAI-ARIA combobox pattern). */
import { ignore, newId } from "./inputs.js";
import { fill, tag } from "./kit.js";
import { spelled } from "./spelling.js";

/* How well a typed text fits an option: as one of its names, as its beginning, as a part of it. */
const rank = (option, typed, whole) => {
  if ([option.label, option.also].some((text) => text?.toLowerCase() === typed)) return 0;
  return option.text.startsWith(whole) ? 1 : 2;
};
/* What of an option is searched: its words, apart and as one. */
const searched = (option) =>
  [option.label, option.also ?? ""]
    .map(spelled)
    .flatMap((words) => [words.join(" "), words.join("")])
    .join(" ");
/* The options in which every word of `query` occurs, however it is spelled; the best fitting and the heaviest first. */
export const matching = (query, options) => {
  const wanted = spelled(query);
  const whole = wanted.join(" ");
  const typed = query.trim().toLowerCase();
  const hits = options
    .map((option) => ({ ...option, text: searched(option) }))
    .filter((option) => wanted.every((word) => option.text.includes(word)));
  const heavier = (a, b) => (b.weight ?? 0) - (a.weight ?? 0);
  if (!wanted.length) return hits.sort(heavier);
  return hits.sort((a, b) => rank(a, typed, whole) - rank(b, typed, whole) || heavier(a, b));
};

/* `options()` gives {value, label, also: further text that is searched, weight: heavier ones come first}. `none` is said when nothing
   matches, `results` ("{n} …") how many do. While the list is open the text belongs to the reader: a `value` set then shows when the
   list closes, and `renew()` looks again for what was typed. */
class Combobox {
  constructor(part, { label, options, none, results, onchange = ignore, most = 50 }) {
    this.options = options;
    this.none = none;
    this.results = results;
    this.most = most;
    this.id = newId(part);
    this.shown = [];
    this.active = -1;
    this.chosen = null;
    this.asked = "";
    this.choose = part.guard((k) => {
      const option = this.shown[k];
      if (!option) return undefined;
      this.chosen = option.value;
      this.input.value = option.label;
      this.close();
      this.said.textContent = "";
      return onchange(this.chosen);
    });
    this.build(label);
    this.listen(part);
  }
  build(label) {
    this.input = tag("input", {
      id: this.id,
      type: "text",
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": `${this.id}-list`,
      "aria-autocomplete": "list",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      size: 28,
      maxlength: 100,
    });
    // Firefox makes whatever scrolls a stop of the Tab key.
    this.box = tag("ul", {
      id: `${this.id}-list`,
      role: "listbox",
      class: "em-options",
      "aria-label": label,
      tabindex: "-1",
      hidden: true,
    });
    this.said = tag("span", { class: "em-said", role: "status" });
    const words = tag("label", { for: this.id }, label);
    this.label = tag("div", { class: "em-combo" }, words, tag("div", {}, this.input, this.box), this.said);
  }
  listen(part) {
    const keys = {
      ArrowDown: () => this.move(1),
      ArrowUp: () => this.move(-1),
      Enter: () => this.isOpen && this.choose(this.active),
      Escape: () => this.escape(),
    };
    const press = (event) => {
      // Keys that an input method takes to compose a word are its own; Safari says so by 229 alone.
      if (event.isComposing || event.keyCode === 229) return;
      if (!keys[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      keys[event.key]();
    };
    const click = () => {
      if (this.isOpen) return;
      this.input.select();
      this.open("");
    };
    this.input.addEventListener("keydown", part.guard(press));
    this.input.addEventListener(
      "input",
      part.guard(() => this.open(this.input.value)),
    );
    this.input.addEventListener("click", part.guard(click));
    this.input.addEventListener("blur", () => this.leave());
  }
  get isOpen() {
    return !this.box.hidden;
  }
  get value() {
    return this.chosen;
  }
  set value(value) {
    this.chosen = value;
    if (!this.isOpen) this.input.value = this.written(value);
  }
  renew() {
    if (this.isOpen) this.open(this.asked, this.shown[this.active]?.value);
  }
  written(value) {
    return this.options().find((option) => option.value === value)?.label ?? "";
  }
  mark(k) {
    this.box.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = k;
    const option = this.shown[k] && this.box.children[k];
    if (!option) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  close() {
    this.box.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.active = -1;
  }
  leave() {
    this.close();
    this.input.value = this.written(this.chosen);
  }
  escape() {
    if (this.isOpen) this.leave();
    else this.input.value = "";
  }
  item(option, k) {
    const keep = (event) => event.preventDefault();
    const look = { id: `${this.id}-${k}`, role: "option", "aria-selected": "false" };
    return tag("li", { ...look, onmousedown: keep, onclick: () => this.choose(k) }, option.label);
  }
  open(query, marked) {
    this.asked = query;
    const hits = matching(query, this.options());
    this.shown = hits.slice(0, this.most);
    const nothing = { role: "option", "aria-disabled": "true", "aria-selected": "false" };
    const items = this.shown.map((option, k) => this.item(option, k));
    this.box.replaceChildren(...(items.length ? items : [tag("li", nothing, this.none)]));
    this.box.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.said.textContent = items.length ? fill(this.results, { n: hits.length }) : this.none;
    const at = this.shown.findIndex((option) => option.value === marked);
    this.mark(items.length ? Math.max(0, at) : -1);
  }
  move(by) {
    const n = this.shown.length;
    if (!this.isOpen) this.open("");
    else if (n) this.mark((this.active + by + n) % n);
  }
}
export const combobox = (part, settings) => new Combobox(part, settings);
