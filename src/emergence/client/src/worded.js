/* Specifications whose words and signals a live part fills in. */
/* The specification with every string "@name" that `texts` knows replaced, and with the given values of its top-level `signals`. */
export const written = (spec, texts, signals) => {
  const full = worded(spec, texts);
  for (const signal of full.signals || []) if (Object.hasOwn(signals, signal.name)) signal.value = signals[signal.name];
  return full;
};
const worded = (node, texts) => {
  if (typeof node === "string")
    return node[0] === "@" && Object.hasOwn(texts, node.slice(1)) ? texts[node.slice(1)] : node;
  if (Array.isArray(node)) return node.map((v) => worded(v, texts));
  return node && typeof node === "object"
    ? Object.fromEntries(Object.entries(node).map(([k, v]) => [k, worded(v, texts)]))
    : node;
};
