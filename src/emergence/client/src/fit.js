/* Titles and legends that fit a narrow chart. */

/* A title of a horizontal axis too long for the chart becomes two lines. */
export const halves = (words) => {
  const cut = [...words]
    .map((c, i) => (c === " " ? i : -1))
    .filter((i) => i > 0)
    .sort((a, b) => Math.abs(a - words.length / 2) - Math.abs(b - words.length / 2))[0];
  return [words.slice(0, cut), words.slice(cut + 1)];
};
const fitTitles = (spec, width, left) => {
  const long = (spec.axes || []).filter(
    (a) =>
      typeof a.title === "string" &&
      /top|bottom/.test(a.orient) &&
      a.title.includes(" ") &&
      6.6 * a.title.length > width - left,
  );
  for (const axis of long) axis.title = halves(axis.title);
  return long.length > 0;
};

/* The words of a legend's entries. Series carry them in the label expression: {'key':'words',…}[datum.value] */
const entries = (legend, scales) => {
  const expression = legend.encode?.labels?.update?.text?.signal ?? "";
  const written = [...expression.matchAll(/:'((?:\\.|[^'\\])*)'/g)].map((match) => match[1]);
  if (written.length) return written;
  const drawn = ["fill", "stroke", "shape", "strokeDash", "opacity", "size"];
  const name = drawn.map((channel) => legend[channel]).find(Boolean);
  const domain = scales.find((scale) => scale.name === name)?.domain;
  return Array.isArray(domain) ? domain.map(String) : [];
};
/* Legends wrap on narrow screens: as many columns as their longest label leaves room for. */
export const fitLegends = (spec, width, left) => {
  let changed = false;
  for (const legend of spec.legends ?? []) {
    const labels = entries(legend, spec.scales ?? []);
    const longest = Math.max(0, ...labels.map((label) => label.length));
    const room = Math.floor((width - left) / (longest ? 36 + 7 * longest : 200));
    legend.most ||= legend.columns || 3;
    const columns = Math.max(1, Math.min(legend.most, labels.length || 2, room));
    changed ||= columns !== legend.columns;
    legend.columns = columns;
  }
  for (const mark of spec.marks ?? []) if (mark.legends) changed = fitLegends(mark, width, left) || changed;
  return changed;
};
/* Makes titles and legends fit right of the axis labels (`left` pixels); returns whether anything changed. */
export const fit = (spec, width, left) => [fitTitles(spec, width, left), fitLegends(spec, width, left)].includes(true);

export const originOf = (view) => {
  const o = view.origin(),
    p = view.padding();
  return [o[0] + p.left, o[1] + p.top];
};
