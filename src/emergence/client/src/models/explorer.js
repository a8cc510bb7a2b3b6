/* The explorer: searches, draws and fits the book's evaluations. What it must draw is written in emergence/explorer.py (`select`,
   `fit_logistic`); the names here are the same. */
const ALL = "*",
  SEPARATOR = "\x1f",
  utf8 = new TextEncoder();
/* 40 bits of FNV-1a, as ten hex digits: `identify` in explorer.py. */
const identify = (key) => {
  let one = 0x811c9dc5,
    two = 0x2f0b4c47;
  for (const byte of utf8.encode(key)) {
    one = Math.imul(one ^ byte, 0x01000193);
    two = Math.imul(two ^ byte, 0x01000193);
  }
  return (one >>> 0).toString(16).padStart(8, "0") + (two & 255).toString(16).padStart(2, "0");
};
const inflate = async (buffer) =>
  JSON.parse(await new Response(new Blob([buffer]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
const year = (date) => {
  const [y, m, d] = date.split("-").map(Number);
  return y + (Date.UTC(y, m - 1, d) - Date.UTC(y, 0, 1)) / 864e5 / 365.25;
};

/* All rows, curve by curve; built from `packed` of explorer.py. */
class Store {
  constructor(pack, keyColumns) {
    const { curves, points, rows, texts, locators, sources, notes } = pack,
      n = curves.rows.length;
    this.keyColumns = keyColumns;
    const column = (from, name, list = name) => from[name].map((code) => texts[list][code]);
    const heads = Object.fromEntries(
      [...keyColumns, "unit", "source", "chance"].map((name) => [name, column(curves, name)]),
    );
    const model = Object.fromEntries(
      Object.keys(points).map((name) => [name, column(points, name, name === "family" ? "point_family" : name)]),
    );
    this.points = model.model.map((_, i) =>
      Object.fromEntries(Object.keys(model).map((name) => [name, model[name][i]])),
    );
    const sparse = ([at, values]) => new Map(at.map((row, i) => [row, values[i]]));
    const human = sparse(rows.human),
      low = sparse(rows.ci_low),
      high = sparse(rows.ci_high),
      note = sparse(rows.note);
    this.curves = [];
    this.known = new Map();
    this.byTask = new Map();
    this.size = rows.value.length;
    let at = 0;
    for (let c = 0; c < n; c++) {
      const curve = {
        number: c,
        locator: locators[curves.table[c]],
        named: sources[curves.table[c]],
        start: at,
        end: (at += curves.rows[c]),
      };
      for (const name of Object.keys(heads)) curve[name] = heads[name][c];
      this.curves.push(curve);
      this.know(identify(this.written(curve)), curve);
      this.know(identify(this.written({ ...curve, family: ALL })), curve, true);
      if (!this.byTask.has(curve.task)) this.byTask.set(curve.task, []);
      this.byTask.get(curve.task).push(curve);
    }
    this.row = (i) => ({
      point: rows.point[i],
      value: rows.value[i],
      human: human.get(i) ?? null,
      ci_low: low.get(i) ?? null,
      ci_high: high.get(i) ?? null,
      flag: note.has(i) ? notes[note.get(i)][0] : null,
      note: note.has(i) ? notes[note.get(i)][1] : null,
    });
  }
  written(curve) {
    return this.keyColumns.map((name) => curve[name] ?? "").join(SEPARATOR);
  }
  know(id, curve, field = false) {
    if (!this.known.has(id)) this.known.set(id, { id, field, members: [] });
    this.known.get(id).members.push(curve);
    if (!field) curve.id = id;
    else curve.fieldId = id;
  }
  rowsOf(curve) {
    const out = [];
    for (let i = curve.start; i < curve.end; i++) out.push({ ...this.row(i), curve });
    return out;
  }
  partner(mine, task) {
    const table = (this.byTask.get(task) || []).filter((c) => c.table === mine.table && c.family === mine.family);
    const alike = table.filter((c) => c.setup === mine.setup),
      same = alike.length ? alike : table;
    for (const columns of [
      ["setting", "n_shots", "metric"],
      ["setting", "n_shots"],
      ["setting", "metric"],
      ["setting"],
      [],
    ]) {
      const found = same.filter((c) => columns.every((name) => c[name] === mine[name]));
      if (found.length) return found.length === 1 ? found[0] : null;
    }
    return null;
  }
}

const toY = (scale, fraction) => (v) => {
  if (v === null) return null;
  if (scale === "log") return v > 0 ? v : null;
  if (scale === "logit" && fraction) return v > 0 && v < 1 ? Math.log(v / (1 - v)) : null;
  return v;
};
/* Rows drawn in a state, and what is left out: `select` in explorer.py. */
const select = (store, state) => {
  const chosen = state.curves.map((id) => store.known.get(id)),
    rows = [],
    lines = new Map(),
    left = [];
  const unit = chosen.length ? chosen[0].members[0].unit : null,
    up = toY(state.y, unit === "fraction");
  chosen.forEach((entry, slot) => {
    const head = entry.members[0];
    if (head.unit !== unit) {
      left.push({ why: "other_unit", slot, unit: head.unit });
      return;
    }
    let mine = entry.members.flatMap((curve) => {
      const other = state.x === "task" ? store.partner(curve, state.other) : null;
      const scores = other && new Map(store.rowsOf(other).map((r) => [r.point, r.value]));
      return store.rowsOf(curve).map((row) => {
        const point = store.points[row.point];
        const x =
          state.x === "date"
            ? point.date && year(point.date)
            : state.x === "task"
              ? (scores?.get(row.point) ?? null)
              : point[state.x];
        return { ...row, ...point, x };
      });
    });
    if (state.x === "params" || state.x === "date") {
      const most = new Map(),
        name = (r) => `${r.family}${SEPARATOR}${r.model}${SEPARATOR}${r.params}`;
      for (const r of mine) most.set(name(r), Math.max(most.get(name(r)) ?? -1, r.train_tokens ?? -1));
      mine = mine.filter((r) => (r.train_tokens ?? -1) === most.get(name(r)));
    }
    for (const r of mine) {
      r.y = up(r.value);
      r.low = up(r.ci_low);
      r.high = up(r.ci_high);
    }
    const placed = mine.filter((r) => r.x !== null && (r.x > 0 || state.xscale !== "log"));
    if (placed.length < mine.length) left.push({ why: "no_x", slot, n: mine.length - placed.length });
    mine = placed.filter((r) => r.y !== null);
    if (mine.length < placed.length)
      left.push({ why: state.y === "log" ? "no_y_log" : "no_y", slot, n: placed.length - mine.length });
    if (!mine.length) return;
    const group = (r) => (several ? r.model : ""),
      taken = new Map(),
      shared = new Set();
    const several =
      (state.x === "train_tokens" || state.x === "train_flops") && new Set(mine.map((r) => r.model)).size < mine.length;
    for (const r of mine) {
      const seen = taken.get(group(r)) || taken.set(group(r), new Set()).get(group(r));
      if (seen.has(r.x)) shared.add(group(r));
      seen.add(r.x);
    }
    for (const r of mine)
      rows.push({
        kind: "published",
        slot,
        family: r.curve.family,
        model: r.model,
        task: r.curve.task,
        setting: r.curve.setting,
        n_shots: r.curve.n_shots,
        metric: r.curve.metric,
        table: r.curve.table,
        setup: r.curve.setup,
        paper: r.curve.source,
        locator: r.curve.locator,
        params: r.params,
        train_tokens: r.train_tokens,
        train_flops: r.train_flops,
        date: r.date,
        x: r.x,
        y: r.y,
        low: r.low,
        high: r.high,
        value: r.value,
        unit: r.curve.unit,
        ci_low: r.ci_low,
        ci_high: r.ci_high,
        run: entry.field || state.x === "task" || shared.has(group(r)) ? null : `${slot}:${group(r)}`,
        flag: r.flag,
        note: r.note,
      });
    if (!state.lines) return;
    const people = [...new Set(mine.map((r) => r.human).filter((v) => v !== null))];
    for (const [kind, levels] of [
      ["chance", head.chance === null ? [] : [head.chance]],
      ["human", people],
    ])
      for (const level of levels) {
        const y = up(level),
          key = [kind, head.task, level].join(SEPARATOR);
        if (y !== null && !lines.has(key))
          lines.set(key, {
            kind: "reference",
            slot,
            model: kind,
            task: head.task,
            table: head.table,
            setup: head.setup,
            paper: head.source,
            locator: head.locator,
            value: level,
            y,
            unit,
            run: kind,
          });
      }
  });
  return { rows: [...rows, ...lines.values()], left, unit };
};

/* --- the fit: Levenberg–Marquardt on two parameters ----------------------------------------------------------- */
/* The 97.5 % point of Student's t: in closed form for one and two degrees of freedom, else by halving on the distribution function,
   which for whole n is a finite sum (Abramowitz & Stegun 26.7.3 and 26.7.4). */
const student = (n, p = 0.05) => {
  if (n === 1) return 1 / Math.tan((p * Math.PI) / 2);
  if (n === 2) return Math.sqrt(2 / (p * (2 - p)) - 2);
  const tail = (t) => {
    const a = Math.atan(t / Math.sqrt(n)),
      c = Math.cos(a),
      s = Math.sin(a);
    let sum = 0,
      term = 1;
    if (n % 2) {
      term = c;
      for (let k = 1; k <= (n - 1) / 2; k++) {
        sum += term;
        term *= (c * c * 2 * k) / (2 * k + 1);
      }
      return 1 - (2 / Math.PI) * (a + s * sum);
    }
    for (let k = 1; k <= n / 2; k++) {
      sum += term;
      term *= (c * c * (2 * k - 1)) / (2 * k);
    }
    return 1 - s * sum;
  };
  let low = 1.9,
    high = 4.4;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (tail(middle) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};
const FEWEST = 4,
  BEYOND = 1,
  EXACT = 1e-12;
const total = (values) => values.reduce((sum, v) => sum + v, 0);
const mean = (values) => total(values) / values.length;
const away = (values, from) => total(values.map((v) => (v - from) ** 2));
/* The squares left by the best jump from the floor to 1: `_jump` in explorer.py. */
const jump = (u, y, floor) => {
  const left = [...new Set(u)].map((at) => {
    const here = y.filter((_, i) => u[i] === at);
    const level = Math.min(1, Math.max(floor, mean(here)));
    return (
      away(
        y.filter((_, i) => u[i] < at),
        floor,
      ) +
      away(here, level) +
      away(
        y.filter((_, i) => u[i] > at),
        1,
      )
    );
  });
  return Math.min(...left);
};
const fit = (u, y, floor) => {
  if (new Set(u).size < FEWEST) return { reason: "few" };
  if (!(floor < 1)) return { reason: "room" };
  const n = u.length,
    center = mean(u);
  const spread = Math.sqrt(mean(u.map((v) => (v - center) ** 2))),
    z = u.map((v) => (v - center) / spread);
  const link = y.map((v) => {
    const s = Math.min(0.99, Math.max(0.01, (v - floor) / (1 - floor)));
    return Math.log(s / (1 - s));
  });
  let b = [mean(link), mean(link.map((v, i) => v * z[i]))];
  const sigma = (line, v) => 1 / (1 + Math.exp(-Math.max(-700, Math.min(700, line[0] + line[1] * v))));
  const squares = (line) => y.reduce((sum, v, i) => sum + (floor + (1 - floor) * sigma(line, z[i]) - v) ** 2, 0);
  const system = (line) => {
    let aa = 0,
      ab = 0,
      bb = 0,
      ga = 0,
      gb = 0;
    for (let i = 0; i < n; i++) {
      const s = sigma(line, z[i]),
        d = (1 - floor) * s * (1 - s),
        r = floor + (1 - floor) * s - y[i];
      aa += d * d;
      ab += d * d * z[i];
      bb += d * d * z[i] * z[i];
      ga += d * r;
      gb += d * z[i] * r;
    }
    return { aa, ab, bb, ga, gb };
  };
  let cost = squares(b),
    damping = 1e-3;
  for (let step = 0; step < 500 && damping < 1e12; step++) {
    const { aa, ab, bb, ga, gb } = system(b),
      p = aa * (1 + damping),
      q = bb * (1 + damping),
      det = p * q - ab * ab;
    const wish = [-(q * ga - ab * gb) / det, -(p * gb - ab * ga) / det];
    // A longer step may end where every score is floor or ceiling and nothing pulls back.
    const move = wish.map((v) => v * Math.min(1, 4 / Math.hypot(...wish)));
    const next = [b[0] + move[0], b[1] + move[1]],
      tried = squares(next);
    if (!(tried <= cost)) {
      damping *= 4;
      continue;
    }
    const still = Math.hypot(...move) <= 1e-13 * (1 + Math.hypot(...b));
    b = next;
    cost = tried;
    damping = Math.max(1e-12, damping / 5);
    if (still) break;
  }
  const t = student(n - 2),
    variance = cost / (n - 2),
    bound = cost + t * t * variance + EXACT;
  if (away(y, mean(y)) <= bound) return { reason: "flat" };
  if (b[1] < 0) return { reason: "falls" };
  if (jump(u, y, floor) <= bound) return { reason: "steep" };
  const { aa, ab, bb } = system(b),
    det = aa * bb - ab * ab;
  const covariance = [
    [(variance * bb) / det, (-variance * ab) / det],
    [(-variance * ab) / det, (variance * aa) / det],
  ];
  const midpoint = center - (spread * b[0]) / b[1],
    steepness = b[1] / spread,
    halfS = (t * Math.sqrt(covariance[1][1])) / spread;
  if (!(steepness - halfS > 0)) return { reason: "steep" };
  const g = [-spread / b[1], (spread * b[0]) / b[1] ** 2];
  const halfM =
    t * Math.sqrt(g[0] * g[0] * covariance[0][0] + 2 * g[0] * g[1] * covariance[0][1] + g[1] * g[1] * covariance[1][1]);
  if (!(midpoint - halfM >= Math.min(...u) - BEYOND && midpoint + halfM <= Math.max(...u) + BEYOND))
    return { reason: "far" };
  const band = (at) => {
    const v = (at - center) / spread,
      eta = b[0] + b[1] * v;
    const half = t * Math.sqrt(Math.max(0, covariance[0][0] + 2 * v * covariance[0][1] + v * v * covariance[1][1]));
    return [eta, eta - half, eta + half].map((e) => floor + (1 - floor) / (1 + Math.exp(-e)));
  };
  return {
    midpoint,
    midpoint_interval: [midpoint - halfM, midpoint + halfM],
    steepness,
    steepness_interval: [steepness - halfS, steepness + halfS],
    floor,
    points: n,
    b,
    covariance,
    center,
    spread,
    t,
    band,
  };
};
/* Fits of the drawn curves by slot: `fits` in explorer.py. */
const fits = (store, state, rows) => {
  const out = new Map();
  for (const slot of new Set(rows.filter((r) => r.kind === "published").map((r) => r.slot))) {
    const all = rows.filter((r) => r.kind === "published" && r.slot === slot),
      head = store.known.get(state.curves[slot]).members[0];
    if (head.unit !== "fraction" || state.x === "task") {
      out.set(slot, { reason: head.unit !== "fraction" ? "unit" : "task" });
      continue;
    }
    const mine = all.filter((r) => r.x > 0);
    out.set(
      slot,
      fit(
        mine.map((r) => (state.x === "date" ? r.x : Math.log10(r.x))),
        mine.map((r) => r.value),
        head.chance ?? 0,
      ),
    );
  }
  return out;
};
/* 60 points of a fitted curve with its band, across the drawn points. */
const fitRows = (found, state, rows, slot) => {
  const up = toY(state.y, true),
    mine = rows.filter((r) => r.kind === "published" && r.slot === slot && r.x > 0),
    log = state.x !== "date";
  const at = mine.map((r) => (log ? Math.log10(r.x) : r.x)),
    first = Math.min(...at),
    last = Math.max(...at),
    head = mine[0];
  return Array.from({ length: 60 }, (_, i) => {
    const u = first + ((last - first) * i) / 59,
      [value, low, high] = found.band(u);
    return {
      kind: "fit",
      slot,
      task: head.task,
      family: head.family,
      table: head.table,
      setup: head.setup,
      paper: head.paper,
      locator: head.locator,
      x: log ? 10 ** u : u,
      y: up(value),
      low: up(low),
      high: up(high),
      value,
      ci_low: low,
      ci_high: high,
      unit: head.unit,
    };
  }).filter((r) => [r.y, r.low, r.high].every((v) => v !== null && Number.isFinite(v)));
};
export { ALL, identify, inflate, year, Store, select, student, fit, fits, fitRows };
