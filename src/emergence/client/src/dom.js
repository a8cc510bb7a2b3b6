/* Elements, and words for readers. */
/**
 * An element with attributes (on… are listeners; true is there without a value; false and null are not there) and children.
 * @param {string} name
 * @param {Record<string, any>} attributes
 * @param {...(string | Node)} children
 * @returns {any} the element; which kind, its name says
 */
export const tag = (name, attributes = {}, ...children) => {
  const node = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (k.startsWith("on")) node.addEventListener(k.slice(2), v);
    else if (v === true) node.setAttribute(k, "");
    else if (v !== false && v != null) node.setAttribute(k, v);
  }
  node.append(...children);
  return node;
};
/** The text with its {placeholders} filled from `values`; one that is not there stays. */
export const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (all, k) => (Object.hasOwn(values, k) ? values[k] : all));
export const clone = (value) => JSON.parse(JSON.stringify(value));
/** A value as readers see it: four digits, powers of ten where it is very large or small. */
export const number = (v) =>
  typeof v !== "number"
    ? v == null
      ? ""
      : String(v)
    : Math.abs(v) >= 1e6 || (v !== 0 && Math.abs(v) < 1e-3)
      ? v.toExponential(2).replace("e+", "e")
      : String(+v.toPrecision(4));
