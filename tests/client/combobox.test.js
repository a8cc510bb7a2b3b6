import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.emergence = { kit: {} };
const { matching } = await import("../../src/emergence/client/src/combobox.js");

const options = [
  { value: 1, label: "GPT-3 175B", weight: 1 },
  { value: 2, label: "GPT-3", weight: 0 },
  { value: 3, label: "InstructGPT (GPT-3)", weight: 9 },
  { value: 4, label: "Colour naming", also: "bb_colours" },
];
const found = (query) => matching(query, options).map((option) => option.value);

test("every word must occur, however it is spelled", () => {
  assert.deepEqual(found("color"), [4]);
  assert.deepEqual(found("bb colors"), [4]);
  assert.deepEqual(found("gpt3 175"), [1]);
  assert.deepEqual(found("gpt palm"), []);
});

test("the very name comes first, then what begins with it, then the heaviest", () => {
  assert.deepEqual(found("gpt-3"), [2, 1, 3]);
  assert.deepEqual(found(""), [3, 1, 2, 4]);
});
