import assert from "node:assert/strict";
import { test } from "node:test";
import { fit, fitLegends, halves } from "../../src/emergence/client/src/fit.js";

test("a title is cut at the space nearest its middle", () => {
  assert.deepEqual(halves("Number of parameters"), ["Number of", "parameters"]);
  assert.deepEqual(halves("a bbbbbbbbbbbbb"), ["a", "bbbbbbbbbbbbb"]);
});

test("only horizontal axes get titles of two lines, where they are too long", () => {
  const title = "Training compute in floating-point operations";
  const spec = () => ({ axes: [{ orient: "bottom", title }, { orient: "left", title }, { orient: "top" }] });
  const narrow = spec();
  assert.equal(fit(narrow, 300, 40), true);
  assert.deepEqual(narrow.axes[0].title, halves(title));
  assert.equal(narrow.axes[1].title, title);
  assert.equal(fit(narrow, 300, 40), false, "what fits is not changed again");
  assert.equal(fit(spec(), 700, 40), false);
});

test("a legend has the columns that its longest word leaves room for, and at most those it was made with", () => {
  const words = "{'a':'a word of thirty characters ok','b':'short'}[datum.value]";
  const legend = { stroke: "color", columns: 2, encode: { labels: { update: { text: { signal: words } } } } };
  const spec = { legends: [legend] };
  assert.equal(fitLegends(spec, 320, 40), true);
  assert.equal(legend.columns, 1);
  assert.equal(fitLegends(spec, 900, 40), true);
  assert.equal(legend.columns, 2);
  assert.equal(fitLegends(spec, 900, 40), false);
});

test("without words of its own a legend is as wide as the values of its scale, also in a cell of small multiples", () => {
  const cell = {
    scales: [{ name: "shape", domain: ["x", "yy", "zzz"] }],
    legends: [{ shape: "shape" }],
  };
  assert.equal(fitLegends({ marks: [cell] }, 200, 40), true);
  assert.equal(cell.legends[0].columns, 2);
});
