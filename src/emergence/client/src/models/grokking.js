/* Trains the small network of emergence/models/grokking.py in the page: the same program, so that equal settings and seed
   give equal initial weights, split and curves. Training runs in a Web Worker; `grokking` itself knows no page. */
import * as nn from "./nn.js";

const B1 = 0.9,
  B2 = 0.98,
  EPSILON = 1e-8,
  TOP = 5;
/* Standard normal numbers by the cosine half of Box and Muller: two uniform numbers for each. */
const normal = (draw, n, scale) =>
  Float64Array.from({ length: n }, () => {
    const u = draw(),
      v = draw();
    return scale * Math.sqrt(-2 * Math.log1p(-u)) * Math.cos(2 * Math.PI * v);
  });
/* (rows × inner) · (inner × columns), into `out` */
const times = (a, b, rows, inner, columns, out) => {
  out.fill(0);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < inner; i++) {
      const x = a[r * inner + i],
        from = i * columns,
        to = r * columns;
      for (let c = 0; c < columns; c++) out[to + c] += x * b[from + c];
    }
  return out;
};

class Training {
  /* settings: p, fraction, weight_decay, learning_rate, seed, width, hidden */
  constructor(settings) {
    const { p, width: d, hidden: h } = settings;
    const draw = nn.generator(settings.seed);
    this.settings = settings;
    this.step = 0;
    this.weights = {
      embed: normal(draw, p * d, 1 / Math.sqrt(d)),
      up: normal(draw, d * h, 1 / Math.sqrt(d)),
      down: normal(draw, h * p, 1 / Math.sqrt(h)),
    };
    const a = [],
      b = [];
    for (let i = 0; i < p; i++)
      for (let j = i; j < p; j++) {
        a.push(i);
        b.push(j);
      }
    const keys = a.map(() => draw()),
      order = [...a.keys()].sort((i, j) => keys[i] - keys[j] || i - j);
    const take = (list) => ({
      n: list.length,
      a: Uint8Array.from(list, (i) => a[i]),
      b: Uint8Array.from(list, (i) => b[i]),
      sum: Uint8Array.from(list, (i) => (a[i] + b[i]) % p),
    });
    const n = Training.trainSize(settings);
    this.train = take(order.slice(0, n));
    this.test = take(order.slice(n));
    const like = () =>
      Object.fromEntries(Object.entries(this.weights).map(([k, w]) => [k, new Float64Array(w.length)]));
    this.first = like();
    this.second = like();
    this.slope = like();
    this.lifted = new Float64Array(p * h);
    this.slopeLifted = new Float64Array(p * h);
    this.active = new Int32Array(h);
    this.value = new Float64Array(h);
    this.out = new Float64Array(p);
  }
  /* Pairs trained on; halves to even, as Python rounds. */
  static trainSize({ p, fraction }) {
    const exact = (fraction * p * (p + 1)) / 2,
      down = Math.floor(exact);
    return exact - down === 0.5 ? down + (down % 2) : Math.round(exact);
  }
  /* Scores of one pair, into this.out; the active hidden units and their values, into this.active and this.value. Returns how many are active. */
  scores(a, b) {
    const { p, hidden: h } = this.settings,
      { lifted, active, value, out } = this,
      down = this.weights.down;
    let n = 0;
    for (let j = 0, x = a * h, y = b * h; j < h; j++) {
      const v = lifted[x + j] + lifted[y + j];
      active[n] = j;
      value[n] = v;
      n += /** @type {any} */ (v > 0) | 0; // no branch: which units are active cannot be guessed
    }
    out.fill(0);
    let k = 0;
    for (; k + 7 < n; k += 8) {
      // eight rows at a time: the sums are read and written an eighth as often
      const q1 = active[k] * p,
        q2 = active[k + 1] * p,
        q3 = active[k + 2] * p,
        q4 = active[k + 3] * p;
      const q5 = active[k + 4] * p,
        q6 = active[k + 5] * p,
        q7 = active[k + 6] * p,
        q8 = active[k + 7] * p;
      const v1 = value[k],
        v2 = value[k + 1],
        v3 = value[k + 2],
        v4 = value[k + 3],
        v5 = value[k + 4],
        v6 = value[k + 5],
        v7 = value[k + 6],
        v8 = value[k + 7];
      for (let c = 0; c < p; c++) {
        out[c] +=
          v1 * down[q1 + c] +
          v2 * down[q2 + c] +
          (v3 * down[q3 + c] + v4 * down[q4 + c]) +
          (v5 * down[q5 + c] + v6 * down[q6 + c] + (v7 * down[q7 + c] + v8 * down[q8 + c]));
      }
    }
    for (; k < n; k++) {
      const q = active[k] * p,
        v = value[k];
      for (let c = 0; c < p; c++) out[c] += v * down[q + c];
    }
    return n;
  }
  lift() {
    const { p, width: d, hidden: h } = this.settings;
    times(this.weights.embed, this.weights.up, p, d, h, this.lifted);
  }
  /* One step on all training pairs. Throws RangeError when the loss is not a number. */
  advance() {
    const { p, width: d, hidden: h, learning_rate: rate, weight_decay: decay } = this.settings;
    const { weights: w, slope, slopeLifted, active, value, out, train } = this,
      { down } = w,
      slopeDown = slope.down;
    this.lift();
    let all = 0; // a unit that is not a number would only look inactive
    for (let i = 0; i < p * h; i++) all += this.lifted[i];
    if (!Number.isFinite(all)) throw new RangeError("not a number");
    slopeDown.fill(0);
    slopeLifted.fill(0);
    let loss = 0;
    for (let i = 0; i < train.n; i++) {
      const n = this.scores(train.a[i], train.b[i]),
        right = train.sum[i],
        x = train.a[i] * h,
        y = train.b[i] * h;
      let most = -Infinity,
        total = 0;
      for (let c = 0; c < p; c++) if (out[c] > most) most = out[c];
      loss -= out[right] - most;
      for (let c = 0; c < p; c++) total += out[c] = Math.exp(out[c] - most);
      loss += Math.log(total);
      const scale = 1 / (total * train.n);
      for (let c = 0; c < p; c++) out[c] *= scale;
      out[right] -= 1 / train.n;
      let k = 0;
      for (; k + 3 < n; k += 4) {
        const i1 = active[k],
          i2 = active[k + 1],
          i3 = active[k + 2],
          i4 = active[k + 3];
        const q1 = i1 * p,
          q2 = i2 * p,
          q3 = i3 * p,
          q4 = i4 * p,
          v1 = value[k],
          v2 = value[k + 1],
          v3 = value[k + 2],
          v4 = value[k + 3];
        let s1 = 0,
          s2 = 0,
          s3 = 0,
          s4 = 0;
        for (let c = 0; c < p; c++) {
          const g = out[c];
          s1 += g * down[q1 + c];
          slopeDown[q1 + c] += v1 * g;
          s2 += g * down[q2 + c];
          slopeDown[q2 + c] += v2 * g;
          s3 += g * down[q3 + c];
          slopeDown[q3 + c] += v3 * g;
          s4 += g * down[q4 + c];
          slopeDown[q4 + c] += v4 * g;
        }
        slopeLifted[x + i1] += s1;
        slopeLifted[x + i2] += s2;
        slopeLifted[x + i3] += s3;
        slopeLifted[x + i4] += s4;
        slopeLifted[y + i1] += s1;
        slopeLifted[y + i2] += s2;
        slopeLifted[y + i3] += s3;
        slopeLifted[y + i4] += s4;
      }
      for (; k < n; k++) {
        const q = active[k] * p,
          v = value[k];
        let s = 0;
        for (let c = 0; c < p; c++) {
          s += out[c] * down[q + c];
          slopeDown[q + c] += v * out[c];
        }
        slopeLifted[x + active[k]] += s;
        slopeLifted[y + active[k]] += s;
      }
    }
    if (!Number.isFinite(loss)) throw new RangeError("not a number");
    const { embed, up } = w;
    slope.up.fill(0);
    for (let a = 0; a < p; a++)
      for (let i = 0; i < d; i++) {
        const e = embed[a * d + i],
          from = a * h,
          row = i * h;
        let s = 0;
        for (let j = 0; j < h; j++) {
          const g = slopeLifted[from + j];
          s += g * up[row + j];
          slope.up[row + j] += e * g;
        }
        slope.embed[a * d + i] = s;
      }
    this.step++;
    const keep = 1 - rate * decay,
      size = rate / (1 - B1 ** this.step),
      power = 1 - B2 ** this.step;
    for (const name in w) {
      const weight = w[name],
        g = slope[name],
        first = this.first[name],
        second = this.second[name];
      for (let i = 0; i < weight.length; i++) {
        first[i] += (1 - B1) * (g[i] - first[i]);
        second[i] += (1 - B2) * (g[i] * g[i] - second[i]);
        weight[i] = weight[i] * keep - (size * first[i]) / (Math.sqrt(second[i] / power) + EPSILON);
      }
    }
  }
  evaluate(set) {
    let loss = 0,
      right = 0;
    for (let i = 0; i < set.n; i++) {
      this.scores(set.a[i], set.b[i]);
      const most = Math.max(...this.out);
      let total = 0;
      for (const v of this.out) total += Math.exp(v - most);
      loss += Math.log(total) + most - this.out[set.sum[i]];
      right += Number(this.out.indexOf(most) === set.sum[i]);
    }
    return [loss / set.n, right / set.n];
  }
  waveShare() {
    const { p, width: d } = this.settings,
      embed = this.weights.embed,
      power = [];
    for (let k = 1; k <= (p - 1) / 2; k++) {
      let sum = 0;
      for (let i = 0; i < d; i++) {
        let re = 0,
          im = 0;
        for (let a = 0; a < p; a++) {
          const t = (2 * Math.PI * ((k * a) % p)) / p;
          re += embed[a * d + i] * Math.cos(t);
          im += embed[a * d + i] * Math.sin(t);
        }
        sum += re * re + im * im;
      }
      power.push(sum);
    }
    const add = (list) => list.reduce((s, v) => s + v, 0);
    return add(power.sort((x, y) => y - x).slice(0, TOP)) / add(power);
  }
  /* The row that `Training.measure` gives in Python. */
  measure() {
    this.lift();
    const [trainLoss, trainAccuracy] = this.evaluate(this.train),
      [testLoss, testAccuracy] = this.evaluate(this.test);
    let square = 0;
    for (const w of Object.values(this.weights)) for (const v of w) square += v * v;
    return {
      step: this.step,
      train_loss: trainLoss,
      train_accuracy: trainAccuracy,
      test_loss: testLoss,
      test_accuracy: testAccuracy,
      weight_norm: Math.sqrt(square),
      wave_share: this.waveShare(),
    };
  }
}
/* The step at which to measure next: every step at first, then 5 percent further each time, for an even logarithmic axis. */
const nextMeasured = (step) => Math.max(step + 1, Math.ceil(step * 1.05));
export { Training, nextMeasured };
