/* Small Transformers that add: the reader's sum, written digit by digit by models of several sizes and seeds; the same as
   emergence/models/addition.py. */
import * as nn from "./nn.js";

const DIGITS = 3,
  PLUS = 10,
  EQUALS = 11,
  LARGEST = 999;
const digits = (n, count) => Array.from({ length: count }, (_, i) => Math.floor(n / 10 ** i) % 10);
const prompt = (a, b) => [...digits(a, DIGITS), PLUS, ...digits(b, DIGITS), EQUALS];
/* What a model writes for a + b, ones first, each digit the likeliest after those before it: [{digit, probability}]. */
const write = (model, a, b) => {
  const tokens = prompt(a, b);
  return Array.from({ length: DIGITS + 1 }, () => {
    const p = nn.softmax(model.run(tokens, { last: true })),
      digit = p.indexOf(Math.max(...p));
    tokens.push(digit);
    return { digit, probability: p[digit] };
  });
};
/* A number the models can read, or null. */
const read = (text) => (/^\s*\d{1,3}\s*$/.test(text) && +text <= LARGEST ? +text : null);
export { DIGITS, LARGEST, digits, write, read };
