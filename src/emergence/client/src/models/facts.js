/* Two Transformers that know invented facts: trace one, overwrite one; the same as emergence/models/facts.py. */
import * as nn from "./nn.js";

const most = (scores) => scores.indexOf(Math.max(...scores));
/* Tokens of a question behind `count` fillers. */
const prompt = (o, person, relation, wording, count) => {
  const word = o.tokens.word + 2 * (relation * o.sizes.wordings + wording);
  return [o.tokens.start, ...o.fillers.slice(0, count), ...o.pairs[person], o.tokens.possessive, word, word + 1];
};
/* What passes every site of the model on the way from a stream before the first layer, and the probability of `answer`. */
const recorded = (model, stream, answer) => {
  const seen = { embed: stream };
  seen.p = nn.softmax(
    model.resume(stream, 0, {
      last: true,
      hook: (site, value) => {
        seen[site] = Float32Array.from(value);
      },
    }),
  )[answer];
  return seen;
};
/* Probability that returns when one place is repaired: rows {component, layer, position, value}, mean over `noise`. A repair
   changes one row of the stream after its layer; only what comes later is computed anew. */
const trace = (model, tokens, answer, noise, first, components) => {
  const { width: d, layers, mlp } = model.config,
    n = tokens.length,
    embedded = model.embed(tokens),
    clean = recorded(model, embedded, answer),
    rows = [];
  const blurred = noise.map((draw) => {
    const stream = Float32Array.from(embedded);
    draw.forEach((v, i) => {
      stream[first * d + i] += v;
    });
    return recorded(model, stream, answer);
  });
  const repaired = (was, component, layer, position) => {
    const row = (seen, site) => seen[site].subarray(position * d, (position + 1) * d),
      plus = (a, b) => a.map((v, i) => v + b[i]);
    const before = row(was, layer ? `${layer - 1}.residual` : "embed"),
      stream = Float32Array.from(was[`${layer}.residual`]);
    let now = row(clean, `${layer}.residual`);
    if (component === "mlp") now = plus(plus(before, row(was, `${layer}.attention`)), row(clean, `${layer}.mlp`));
    if (component === "attention") {
      now = plus(before, row(clean, `${layer}.attention`));
      if (mlp[layer]) now = plus(now, model.feedForward(now, layer));
    }
    stream.set(now, position * d);
    return nn.softmax(model.resume(stream, layer + 1, { last: true }))[answer];
  };
  for (const component of components)
    for (let layer = 0; layer < layers; layer++)
      for (let position = 0; position < n; position++) {
        if (component === "mlp" && !mlp[layer]) continue;
        // Before the name nothing was blurred, and after the last layer nothing moves to the end: no repair can matter.
        const idle = position < first || (layer === layers - 1 && position < n - 1);
        const value = idle
          ? 0
          : blurred.reduce((sum, was) => sum + repaired(was, component, layer, position) - was.p, 0) / noise.length;
        rows.push({ component, layer, position, value });
      }
  return rows;
};
/* The model with one stored edit in its weights: down + key ⊗ value. */
const apply = (model, layer, key, value) => {
  const name = `${layer}.down`,
    down = Float32Array.from(model.weights[name]),
    d = value.length;
  for (let i = 0; i < key.length; i++) for (let j = 0; j < d; j++) down[i * d + j] += key[i] * value[j];
  return new nn.Transformer({ config: model.config, weights: { ...model.weights, [name]: down } });
};
const answer = (model, o, person, relation, wording) =>
  most(model.run(prompt(o, person, relation, wording, wording), { last: true }));
export { prompt, trace, apply, answer };
