import assert from "node:assert/strict";
import { test } from "node:test";
import { applyHash, readHash } from "../../src/emergence/client/src/permalink.js";
import { stateNumber, tabulated } from "../../src/emergence/client/src/tabulated.js";

const controls = [
  {
    name: "task",
    label: "Task",
    default: 1,
    options: [
      { value: "a b", label: "A" },
      { value: 0.5, label: "half" },
    ],
  },
  { name: "n", label: "Shots", default: 0, options: [0, 1, 4].map((value) => ({ value, label: String(value) })) },
];

test("states are numbered as in Python, the last control varying fastest", () => {
  const numbers = [0, 1].flatMap((task) => [0, 1, 2].map((n) => stateNumber(controls, [task, n])));
  assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5]);
});

test("a link names a figure and allowed values; the rest changes nothing", () => {
  const read = (hash) => readHash(hash) && applyHash(controls, readHash(hash).wanted);
  assert.deepEqual(read("#fig-x?task=a%20b&n=4"), [0, 2]);
  assert.deepEqual(read("#fig-x?n=4&amp;task=a+b"), [0, 2]);
  assert.deepEqual(read("#fig-x?n=5&other=1&__proto__=1"), [1, 0]);
  assert.deepEqual(read("#fig-x?n=1."), [1, 1], "a full stop after a link is none of it");
  for (const hash of ["", "#", "#x", "fig-x", null, "#fig-", "#fig-X"])
    assert.equal(readHash(hash), null, String(hash));
});

/* A page with a state for each of 2 × 3 settings: two specifications, rows by ranges. */
const page = {
  name: "x",
  title: "Which?",
  finding: "This.",
  controls,
  columns: ["kind", "value"],
  table: [],
  rows: [
    ["published", "published", "fit"],
    [1, 2, 3],
  ],
  specs: [{ mark: "line" }, { mark: "bar" }],
  states: [0, 0, 1, 0, 0, 1].map((spec, i) => [[spec], i % 2 ? [0, 1, 2, 1] : [0, 3]]),
  forecasts: null,
};
const chart = { columns: () => 3 };

test("a page draws the rows of its state, and says what they show", () => {
  const model = tabulated(page, {});
  assert.equal(model.predicts, false);
  const first = model.draw([1, 0], chart);
  assert.deepEqual(first.rows, [
    ["published", 1],
    ["fit", 3],
  ]);
  assert.equal(first.description, "This.");
  const other = model.draw([0, 2], chart);
  assert.equal(other.rows.length, 3);
  assert.equal(other.description, "Which? Task: A; Shots: 4.");
  assert.equal(other.spec, page.specs[1]);
});

test("what is one change away is made ready, each specification once", () => {
  const near = tabulated(page, {}).near([0, 0], chart);
  assert.deepEqual(near, [[page.specs[1], [0, 2]]]);
});
