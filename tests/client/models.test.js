import assert from "node:assert/strict";
import { test } from "node:test";
import * as addition from "../../src/emergence/client/src/models/addition.js";
import * as nn from "../../src/emergence/client/src/models/nn.js";

test("a product of matrices is that of the definition, with rows over and a bias", () => {
  const random = nn.generator(1);
  const [rows, inner, columns] = [3, 7, 5];
  const a = Float32Array.from({ length: rows * inner }, random);
  const b = Float32Array.from({ length: inner * columns }, random);
  const bias = Float32Array.from({ length: columns }, random);
  const product = nn.times(a, b, rows, inner, columns, bias);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      let sum = bias[c];
      for (let i = 0; i < inner; i++) sum += a[r * inner + i] * b[i * columns + c];
      assert.ok(Math.abs(product[r * columns + c] - sum) < 1e-6);
    }
});

test("softmax adds up to one and bears large scores", () => {
  const p = nn.softmax([1000, 1001, 999]);
  assert.ok(Math.abs(p.reduce((sum, v) => sum + v, 0) - 1) < 1e-12);
  assert.ok(Math.abs(p[1] / p[0] - Math.E) < 1e-9);
});

test("the generator gives the same numbers for the same seed", () => {
  const draw = (seed) => Array.from({ length: 5 }, nn.generator(seed));
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.ok(draw(7).every((v) => v >= 0 && v < 1));
});

test("numbers for the adding models have at most three digits", () => {
  assert.deepEqual(addition.digits(407, 3), [7, 0, 4]);
  assert.equal(addition.read(" 999 "), 999);
  for (const text of ["", "1000", "-1", "1.5", "x", "1e2"]) assert.equal(addition.read(text), null, text);
});
