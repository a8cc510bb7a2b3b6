/* Labeled inputs of a live part: { label (element), input, value (get and set) }. */
import { number, tag } from "./kit.js";

/** What an input does by default with the value a reader gave it. */
export const ignore = (_value) => {};

export const controls = (...items) => tag("div", { class: "em-controls" }, ...items.map((i) => i.label || i));
export const actions = (...items) => tag("div", { class: "em-actions" }, ...items);
export const button = (part, label, onclick, attributes = {}) =>
  tag("button", { type: "button", onclick: part.guard(onclick), ...attributes }, label);

let ids = 0;
/* An id that no other input has. */
export const newId = (part) => `${part.name}-${++ids}`;
export const labeled = (part, words, input, ...after) => {
  input.id ||= newId(part);
  return tag("label", { for: input.id }, tag("span", {}, words), input, ...after);
};
/* Numbers from min to max, or the listed `values` (say, powers of ten); `format` writes one for the reader. */
export const slider = (
  part,
  { label, min, max, step = 1, values, value, format = number, oninput = ignore, onchange = ignore },
) => {
  const at = (v) => (values ? values.indexOf(v) : v),
    of = (input) => (values ? values[+input.value] : +input.value);
  const output = tag("output");
  const input = tag("input", {
    type: "range",
    min: values ? 0 : min,
    max: values ? values.length - 1 : max,
    step: values ? 1 : step,
  });
  const sync = () => {
    output.textContent = format(of(input));
    input.setAttribute("aria-valuetext", format(of(input)));
  };
  input.addEventListener(
    "input",
    part.guard(() => {
      sync();
      oninput(of(input));
    }),
  );
  input.addEventListener(
    "change",
    part.guard(() => onchange(of(input))),
  );
  input.value = at(value);
  sync();
  const node = labeled(part, label, input, output);
  output.htmlFor = input.id;
  return {
    label: node,
    input,
    get value() {
      return of(input);
    },
    set value(v) {
      input.value = at(v);
      sync();
    },
  };
};
/* options: values, or {value, label}. */
export const choice = (part, { label, options, value, onchange = ignore }) => {
  let list = [];
  const input = tag("select", {
    onchange: part.guard(() => onchange(list[input.selectedIndex].value)),
  });
  const control = {
    label: labeled(part, label, input),
    input,
    get value() {
      return list[input.selectedIndex]?.value;
    },
    set value(v) {
      input.selectedIndex = list.findIndex((o) => o.value === v);
    },
    set options(given) {
      list = given.map((o) => (o !== null && typeof o === "object" ? o : { value: o, label: String(o) }));
      input.replaceChildren(...list.map((o) => tag("option", { value: String(o.value) }, o.label)));
    },
  };
  control.options = options;
  if (value !== undefined) control.value = value;
  return control;
};
/* An input whose value is the `property` of its element. */
const kept = (part, label, input, property) => ({
  label: labeled(part, label, input),
  input,
  get value() {
    return input[property];
  },
  set value(v) {
    input[property] = v;
  },
});
export const check = (part, { label, value = false, onchange = ignore }) => {
  const input = tag("input", {
    type: "checkbox",
    checked: value,
    onchange: part.guard(() => onchange(input.checked)),
  });
  return kept(part, label, input, "checked");
};
export const text = (part, { label, value = "", size = 20, maxlength = 200, oninput = ignore, onchange = ignore }) => {
  const input = tag("input", {
    type: "text",
    value,
    size,
    maxlength,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    oninput: part.guard(() => oninput(input.value)),
    onchange: part.guard(() => onchange(input.value)),
  });
  return kept(part, label, input, "value");
};
