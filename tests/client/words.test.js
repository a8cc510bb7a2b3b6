import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, number } from "../../src/emergence/client/src/dom.js";
import { spelled } from "../../src/emergence/client/src/spelling.js";
import { written } from "../../src/emergence/client/src/worded.js";

test("numbers have four digits, and powers of ten where they are very large or small", () => {
  const cases = [
    [0, "0"],
    [0.1 + 0.2, "0.3"],
    [12345.678, "12350"],
    [999999, "1000000"],
    [1e6, "1.00e6"],
    [-0.00012, "-1.20e-4"],
    [0.001, "0.001"],
    [null, ""],
    [undefined, ""],
    ["12", "12"],
    [false, "false"],
    [NaN, "NaN"],
  ];
  for (const [value, text] of cases) assert.equal(number(value), text, String(value));
});

test("placeholders are filled, those without a value stay", () => {
  assert.equal(fill("{n} of {all}; {n}", { n: 0, all: "two" }), "0 of two; 0");
  assert.equal(fill("{gone} {toString}", {}), "{gone} {toString}");
});

test("spellings of one word are compared as one", () => {
  const alike = [
    ["colour", "color"],
    ["Modelling", "modeling"],
    ["analyse", "ANALYZE"],
    ["judgement", "judgment"],
    ["dialogue", "dialog"],
    ["Zürich", "zurich"],
    ["few-shot", "few shot"],
    ["ＧＰＴ", "gpt"],
    ["in_context", "in context"],
  ];
  for (const [one, other] of alike) assert.deepEqual(spelled(one), spelled(other));
  assert.notDeepEqual(spelled("GPT-3"), spelled("GPT-4"));
  assert.deepEqual(spelled("  – _ "), []);
});

test("a specification's words and signals are filled in, and the specification stays as it was", () => {
  const spec = {
    title: "@across",
    marks: [{ text: ["@across", "@other", 3, null] }],
    signals: [{ name: "top", value: 1 }, { name: "left" }],
  };
  const before = structuredClone(spec);
  const full = written(spec, { across: "Step" }, { top: 9 });
  assert.deepEqual(full, {
    title: "Step",
    marks: [{ text: ["Step", "@other", 3, null] }],
    signals: [{ name: "top", value: 9 }, { name: "left" }],
  });
  assert.deepEqual(spec, before);
});
