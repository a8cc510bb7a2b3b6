/* The miniatures' Transformer in the browser: the same function as emergence/models/transformer.py, on the same weights.
   A library of pure functions, no page and no clock, so that a Worker can hold it too. A matrix is a Float32Array with its
   rows one after another; sums run in double precision. */
const half = (h) => {
  const sign = h & 0x8000 ? -1 : 1,
    exponent = (h >> 10) & 31,
    fraction = h & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return exponent === 31 ? (fraction ? NaN : sign * Infinity) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};
/* What `pack` in transformer.py wrote: {config, weights: {name: Float32Array}, shapes}. */
const unpack = (buffer) => {
  const view = new DataView(buffer),
    size = view.getUint32(0, true);
  const { config, weights: shapes } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const weights = {};
  let at = 4 + size;
  for (const [name, shape] of Object.entries(shapes)) {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < values.length; i++, at += 2) values[i] = half(view.getUint16(at, true));
    weights[name] = values;
  }
  return { config, weights, shapes };
};
/* (rows × inner) · (inner × columns) (+ bias). Four rows of b at a time: the sums are read and written a quarter as often. */
const times = (a, b, rows, inner, columns, bias) => {
  const out = new Float32Array(rows * columns),
    sum = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    if (bias) sum.set(bias);
    else sum.fill(0);
    let i = 0;
    for (; i + 3 < inner; i += 4) {
      const at = r * inner + i,
        x = a[at],
        y = a[at + 1],
        z = a[at + 2],
        u = a[at + 3];
      const p = i * columns,
        q = p + columns,
        s = q + columns,
        t = s + columns;
      for (let c = 0; c < columns; c++) sum[c] += x * b[p + c] + y * b[q + c] + z * b[s + c] + u * b[t + c];
    }
    for (; i < inner; i++) for (let c = 0; c < columns; c++) sum[c] += a[r * inner + i] * b[i * columns + c];
    out.set(sum, r * columns);
  }
  return out;
};
const norm = (x, gain, bias) => {
  const d = gain.length,
    out = new Float32Array(x.length);
  for (let r = 0; r < x.length; r += d) {
    let mean = 0,
      square = 0;
    for (let i = 0; i < d; i++) mean += x[r + i];
    mean /= d;
    for (let i = 0; i < d; i++) square += (x[r + i] - mean) ** 2;
    const scale = 1 / Math.sqrt(square / d + 1e-5);
    for (let i = 0; i < d; i++) out[r + i] = (x[r + i] - mean) * scale * gain[i] + bias[i];
  }
  return out;
};
const gelu = (x) => {
  for (let i = 0; i < x.length; i++) {
    const v = x[i];
    x[i] = 0.5 * v * (1 + Math.tanh(0.7978845608028654 * (v + 0.044715 * v * v * v)));
  }
  return x;
};
const softmax = (x) => {
  let most = -Infinity,
    sum = 0;
  for (const v of x) most = Math.max(most, v);
  const out = Float64Array.from(x, (v) => Math.exp(v - most));
  for (const v of out) sum += v;
  return out.map((v) => v / sum);
};
const add = (a, b) => {
  for (let i = 0; i < a.length; i++) a[i] += b[i];
  return a;
};

class Transformer {
  constructor({ config, weights }) {
    this.config = config;
    this.weights = weights;
  }
  /**
   * x: array of token numbers, or of vectors when the model is continuous → outputs, length × out (only the last row if `last`).
   * hook(site, value) may return a replacement; sites as in transformer.py.
   * @param {any[]} x
   * @param {{ hook?: (site: string, value: Float32Array) => any, last?: boolean }} [settings]
   */
  run(x, { hook, last = false } = {}) {
    const stream = this.embed(x);
    return this.resume(hook?.("embed", stream) ?? stream, 0, { hook, last });
  }
  /**
   * The same from the residual stream (length × width) before `layer` on. Of the last layer only the last row is computed if
   * that is all that is wanted and no hook looks on.
   * @param {Float32Array} stream
   * @param {number} layer
   * @param {{ hook?: (site: string, value: Float32Array) => any, last?: boolean }} [settings]
   */
  resume(stream, layer, { hook, last = false } = {}) {
    const { config: c, weights: w } = this,
      keep = hook ? (site, value) => hook(site, value) ?? value : (site, value) => value,
      d = c.width;
    for (let l = layer; l < c.layers; l++) {
      const n = stream.length / d,
        first = last && !hook && l === c.layers - 1 ? n - 1 : 0;
      stream = add(stream.slice(first * d), keep(`${l}.attention`, this.attention(stream, l, n, first)));
      if (c.mlp[l]) stream = add(stream, keep(`${l}.mlp`, this.feedForward(stream, l)));
      stream = keep(`${l}.residual`, stream);
    }
    if (last) stream = stream.subarray(stream.length - d);
    return times(norm(stream, w["ln.g"], w["ln.b"]), w.head, stream.length / d, d, c.out);
  }
  embed(x) {
    const { config: c, weights: w } = this,
      d = c.width;
    if (x.length > c.length) throw new RangeError(`${x.length} tokens; the model reads at most ${c.length}`);
    const out = c.continuous
      ? times(Float32Array.from(x.flat()), w.tok, x.length, c.inputs, d)
      : new Float32Array(x.length * d);
    for (let t = 0; t < x.length; t++) {
      if (!c.continuous && !(Number.isInteger(x[t]) && x[t] >= 0 && x[t] < c.inputs))
        throw new RangeError(`token ${x[t]} is unknown; allowed: 0 to ${c.inputs - 1}`);
      for (let i = 0; i < d; i++) out[t * d + i] += (c.continuous ? 0 : w.tok[x[t] * d + i]) + w.pos[t * d + i];
    }
    return out;
  }
  /* What the heads of layer `l` add to rows `first` and later. */
  attention(stream, l, n, first = 0) {
    const { config: c, weights: w } = this,
      d = c.width,
      size = d / c.heads,
      window = c.windows[l] || n;
    const qkv = times(norm(stream, w[`${l}.ln1.g`], w[`${l}.ln1.b`]), w[`${l}.qkv`], n, d, 3 * d),
      mixed = new Float32Array((n - first) * d),
      scores = new Float64Array(n);
    for (let h = 0; h < c.heads; h++)
      for (let t = first; t < n; t++) {
        const oldest = Math.max(0, t - window + 1),
          q = t * 3 * d + h * size,
          to = (t - first) * d + h * size;
        let most = -Infinity,
          sum = 0;
        for (let s = oldest; s <= t; s++) {
          let dot = 0;
          for (let i = 0, k = s * 3 * d + d + h * size; i < size; i++) dot += qkv[q + i] * qkv[k + i];
          scores[s] = dot / Math.sqrt(size);
          if (scores[s] > most) most = scores[s];
        }
        for (let s = oldest; s <= t; s++) sum += scores[s] = Math.exp(scores[s] - most);
        for (let s = oldest; s <= t; s++) {
          const p = scores[s] / sum,
            from = s * 3 * d + 2 * d + h * size;
          for (let i = 0; i < size; i++) mixed[to + i] += p * qkv[from + i];
        }
      }
    return times(mixed, w[`${l}.out`], n - first, d, d);
  }
  /* What the feed-forward part of layer `l` adds to each row. */
  feedForward(stream, l) {
    const { config: c, weights: w } = this,
      d = c.width,
      n = stream.length / d;
    const hidden = gelu(
      times(norm(stream, w[`${l}.ln2.g`], w[`${l}.ln2.b`]), w[`${l}.up`], n, d, c.expand * d, w[`${l}.up.b`]),
    );
    return times(hidden, w[`${l}.down`], n, c.expand * d, d, w[`${l}.down.b`]);
  }
  /* The likeliest token, or one drawn at `temperature` with `random` in [0, 1). */
  next(x, { temperature = 0, random = Math.random } = {}) {
    const scores = this.run(x, { last: true });
    if (!temperature) return scores.indexOf(Math.max(...scores));
    const p = softmax(scores.map((s) => s / temperature));
    let r = random(),
      k = 0;
    while (k < p.length - 1 && (r -= p[k]) >= 0) k++;
    return k;
  }
}
/* A seeded generator of numbers in [0, 1): Mulberry32, 32 bits of state. */
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
export { unpack, times, norm, gelu, softmax, generator, Transformer };
