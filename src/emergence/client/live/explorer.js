/* The explorer: searches, draws and fits the book's evaluations. What it must draw is written in emergence/explorer.py (`select`,
   `fit_logistic`); the names here are the same. */
const explorer = (() => {
  "use strict";
  const ALL = "*", SEPARATOR = "\x1f", utf8 = new TextEncoder();
  /* 40 bits of FNV-1a, as ten hex digits: `identify` in explorer.py. */
  const identify = (key) => {
    let one = 0x811c9dc5, two = 0x2f0b4c47;
    for (const byte of utf8.encode(key)) { one = Math.imul(one ^ byte, 0x01000193); two = Math.imul(two ^ byte, 0x01000193); }
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
      const { curves, points, rows, texts, locators, sources, notes } = pack, n = curves.rows.length;
      this.keyColumns = keyColumns;
      const column = (from, name, list = name) => from[name].map((code) => texts[list][code]);
      const heads = Object.fromEntries([...keyColumns, "unit", "source", "chance"].map((name) => [name, column(curves, name)]));
      const model = Object.fromEntries(Object.keys(points).map((name) => [name, column(points, name, name === "family" ? "point_family" : name)]));
      this.points = model.model.map((_, i) => Object.fromEntries(Object.keys(model).map((name) => [name, model[name][i]])));
      const sparse = ([at, values]) => new Map(at.map((row, i) => [row, values[i]]));
      const human = sparse(rows.human), low = sparse(rows.ci_low), high = sparse(rows.ci_high), note = sparse(rows.note);
      this.curves = []; this.known = new Map(); this.byTask = new Map(); this.size = rows.value.length;
      let at = 0;
      for (let c = 0; c < n; c++) {
        const curve = { number: c, locator: locators[curves.table[c]], named: sources[curves.table[c]], start: at, end: (at += curves.rows[c]) };
        for (const name of Object.keys(heads)) curve[name] = heads[name][c];
        this.curves.push(curve);
        this.know(identify(this.written(curve)), curve);
        this.know(identify(this.written({ ...curve, family: ALL })), curve, true);
        if (!this.byTask.has(curve.task)) this.byTask.set(curve.task, []);
        this.byTask.get(curve.task).push(curve);
      }
      this.row = (i) => ({ point: rows.point[i], value: rows.value[i], human: human.get(i) ?? null, ci_low: low.get(i) ?? null, ci_high: high.get(i) ?? null,
        flag: note.has(i) ? notes[note.get(i)][0] : null, note: note.has(i) ? notes[note.get(i)][1] : null });
    }
    written(curve) { return this.keyColumns.map((name) => curve[name] ?? "").join(SEPARATOR); }
    know(id, curve, field = false) {
      if (!this.known.has(id)) this.known.set(id, { id, field, members: [] });
      this.known.get(id).members.push(curve);
      if (!field) curve.id = id; else curve.fieldId = id;
    }
    rowsOf(curve) { const out = []; for (let i = curve.start; i < curve.end; i++) out.push({ ...this.row(i), curve }); return out; }
    partner(mine, task) {
      const table = (this.byTask.get(task) || []).filter((c) => c.table === mine.table && c.family === mine.family);
      const alike = table.filter((c) => c.setup === mine.setup), same = alike.length ? alike : table;
      for (const columns of [["setting", "n_shots", "metric"], ["setting", "n_shots"], ["setting", "metric"], ["setting"], []]) {
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
    const chosen = state.curves.map((id) => store.known.get(id)), rows = [], lines = new Map(), left = [];
    const unit = chosen.length ? chosen[0].members[0].unit : null, up = toY(state.y, unit === "fraction");
    chosen.forEach((entry, slot) => {
      const head = entry.members[0];
      if (head.unit !== unit) { left.push({ why: "other_unit", slot, unit: head.unit }); return; }
      let mine = entry.members.flatMap((curve) => {
        const other = state.x === "task" ? store.partner(curve, state.other) : null;
        const scores = other && new Map(store.rowsOf(other).map((r) => [r.point, r.value]));
        return store.rowsOf(curve).map((row) => {
          const point = store.points[row.point];
          const x = state.x === "date" ? point.date && year(point.date) : state.x === "task" ? scores?.get(row.point) ?? null : point[state.x];
          return { ...row, ...point, x };
        });
      });
      if (state.x === "params" || state.x === "date") {
        const most = new Map(), name = (r) => `${r.family}${SEPARATOR}${r.model}${SEPARATOR}${r.params}`;
        for (const r of mine) most.set(name(r), Math.max(most.get(name(r)) ?? -1, r.train_tokens ?? -1));
        mine = mine.filter((r) => (r.train_tokens ?? -1) === most.get(name(r)));
      }
      for (const r of mine) { r.y = up(r.value); r.low = up(r.ci_low); r.high = up(r.ci_high); }
      const placed = mine.filter((r) => r.x !== null && (r.x > 0 || state.xscale !== "log"));
      if (placed.length < mine.length) left.push({ why: "no_x", slot, n: mine.length - placed.length });
      mine = placed.filter((r) => r.y !== null);
      if (mine.length < placed.length) left.push({ why: state.y === "log" ? "no_y_log" : "no_y", slot, n: placed.length - mine.length });
      if (!mine.length) return;
      const group = (r) => (several ? r.model : ""), taken = new Map(), shared = new Set();
      const several = (state.x === "train_tokens" || state.x === "train_flops") && new Set(mine.map((r) => r.model)).size < mine.length;
      for (const r of mine) {
        const seen = taken.get(group(r)) || taken.set(group(r), new Set()).get(group(r));
        if (seen.has(r.x)) shared.add(group(r));
        seen.add(r.x);
      }
      for (const r of mine) rows.push({
        kind: "published", slot, family: r.curve.family, model: r.model, task: r.curve.task, setting: r.curve.setting, n_shots: r.curve.n_shots, metric: r.curve.metric,
        table: r.curve.table, setup: r.curve.setup, paper: r.curve.source, locator: r.curve.locator, params: r.params, train_tokens: r.train_tokens, train_flops: r.train_flops,
        date: r.date, x: r.x, y: r.y, low: r.low, high: r.high, value: r.value, unit: r.curve.unit, ci_low: r.ci_low, ci_high: r.ci_high,
        run: entry.field || state.x === "task" || shared.has(group(r)) ? null : `${slot}:${group(r)}`, flag: r.flag, note: r.note });
      if (!state.lines) return;
      const people = [...new Set(mine.map((r) => r.human).filter((v) => v !== null))];
      for (const [kind, levels] of [["chance", head.chance === null ? [] : [head.chance]], ["human", people]])
        for (const level of levels) {
          const y = up(level), key = [kind, head.task, level].join(SEPARATOR);
          if (y !== null && !lines.has(key)) lines.set(key, { kind: "reference", slot, model: kind, task: head.task, table: head.table, setup: head.setup, paper: head.source,
            locator: head.locator, value: level, y, unit, run: kind });
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
      const a = Math.atan(t / Math.sqrt(n)), c = Math.cos(a), s = Math.sin(a);
      let sum = 0, term = 1;
      if (n % 2) {
        term = c;
        for (let k = 1; k <= (n - 1) / 2; k++) { sum += term; term *= (c * c * 2 * k) / (2 * k + 1); }
        return 1 - (2 / Math.PI) * (a + s * sum);
      }
      for (let k = 1; k <= n / 2; k++) { sum += term; term *= (c * c * (2 * k - 1)) / (2 * k); }
      return 1 - s * sum;
    };
    let low = 1.9, high = 4.4;
    for (let i = 0; i < 60; i++) { const middle = (low + high) / 2; if (tail(middle) > p) low = middle; else high = middle; }
    return (low + high) / 2;
  };
  const FEWEST = 4, BEYOND = 1, EXACT = 1e-12;
  const total = (values) => values.reduce((sum, v) => sum + v, 0);
  const mean = (values) => total(values) / values.length;
  const away = (values, from) => total(values.map((v) => (v - from) ** 2));
  /* The squares left by the best jump from the floor to 1: `_jump` in explorer.py. */
  const jump = (u, y, floor) => {
    const left = [...new Set(u)].map((at) => {
      const here = y.filter((_, i) => u[i] === at);
      const level = Math.min(1, Math.max(floor, mean(here)));
      return away(y.filter((_, i) => u[i] < at), floor) + away(here, level) + away(y.filter((_, i) => u[i] > at), 1);
    });
    return Math.min(...left);
  };
  const fit = (u, y, floor) => {
    if (new Set(u).size < FEWEST) return { reason: "few" };
    if (!(floor < 1)) return { reason: "room" };
    const n = u.length, center = mean(u);
    const spread = Math.sqrt(mean(u.map((v) => (v - center) ** 2))), z = u.map((v) => (v - center) / spread);
    const link = y.map((v) => { const s = Math.min(0.99, Math.max(0.01, (v - floor) / (1 - floor))); return Math.log(s / (1 - s)); });
    let b = [mean(link), mean(link.map((v, i) => v * z[i]))];
    const sigma = (b, v) => 1 / (1 + Math.exp(-Math.max(-700, Math.min(700, b[0] + b[1] * v))));
    const squares = (b) => y.reduce((sum, v, i) => sum + (floor + (1 - floor) * sigma(b, z[i]) - v) ** 2, 0);
    const system = (b) => {
      let aa = 0, ab = 0, bb = 0, ga = 0, gb = 0;
      for (let i = 0; i < n; i++) {
        const s = sigma(b, z[i]), d = (1 - floor) * s * (1 - s), r = floor + (1 - floor) * s - y[i];
        aa += d * d; ab += d * d * z[i]; bb += d * d * z[i] * z[i]; ga += d * r; gb += d * z[i] * r;
      }
      return { aa, ab, bb, ga, gb };
    };
    let cost = squares(b), damping = 1e-3;
    for (let step = 0; step < 500 && damping < 1e12; step++) {
      const { aa, ab, bb, ga, gb } = system(b), p = aa * (1 + damping), q = bb * (1 + damping), det = p * q - ab * ab;
      const wish = [-(q * ga - ab * gb) / det, -(p * gb - ab * ga) / det];
      // A longer step may end where every score is floor or ceiling and nothing pulls back.
      const move = wish.map((v) => v * Math.min(1, 4 / Math.hypot(...wish)));
      const next = [b[0] + move[0], b[1] + move[1]], tried = squares(next);
      if (!(tried <= cost)) { damping *= 4; continue; }
      const still = Math.hypot(...move) <= 1e-13 * (1 + Math.hypot(...b));
      b = next; cost = tried; damping = Math.max(1e-12, damping / 5);
      if (still) break;
    }
    const t = student(n - 2), variance = cost / (n - 2), bound = cost + t * t * variance + EXACT;
    if (away(y, mean(y)) <= bound) return { reason: "flat" };
    if (b[1] < 0) return { reason: "falls" };
    if (jump(u, y, floor) <= bound) return { reason: "steep" };
    const { aa, ab, bb } = system(b), det = aa * bb - ab * ab;
    const covariance = [[(variance * bb) / det, (-variance * ab) / det], [(-variance * ab) / det, (variance * aa) / det]];
    const midpoint = center - (spread * b[0]) / b[1], steepness = b[1] / spread, halfS = (t * Math.sqrt(covariance[1][1])) / spread;
    if (!(steepness - halfS > 0)) return { reason: "steep" };
    const g = [-spread / b[1], (spread * b[0]) / b[1] ** 2];
    const halfM = t * Math.sqrt(g[0] * g[0] * covariance[0][0] + 2 * g[0] * g[1] * covariance[0][1] + g[1] * g[1] * covariance[1][1]);
    if (!(midpoint - halfM >= Math.min(...u) - BEYOND && midpoint + halfM <= Math.max(...u) + BEYOND)) return { reason: "far" };
    const band = (at) => {
      const v = (at - center) / spread, eta = b[0] + b[1] * v;
      const half = t * Math.sqrt(Math.max(0, covariance[0][0] + 2 * v * covariance[0][1] + v * v * covariance[1][1]));
      return [eta, eta - half, eta + half].map((e) => floor + (1 - floor) / (1 + Math.exp(-e)));
    };
    return { midpoint, midpoint_interval: [midpoint - halfM, midpoint + halfM], steepness, steepness_interval: [steepness - halfS, steepness + halfS], floor, points: n, b, covariance, center, spread, t, band };
  };
  /* Fits of the drawn curves by slot: `fits` in explorer.py. */
  const fits = (store, state, rows) => {
    const out = new Map();
    for (const slot of new Set(rows.filter((r) => r.kind === "published").map((r) => r.slot))) {
      const all = rows.filter((r) => r.kind === "published" && r.slot === slot), head = store.known.get(state.curves[slot]).members[0];
      if (head.unit !== "fraction" || state.x === "task") { out.set(slot, { reason: head.unit !== "fraction" ? "unit" : "task" }); continue; }
      const mine = all.filter((r) => r.x > 0);
      out.set(slot, fit(mine.map((r) => (state.x === "date" ? r.x : Math.log10(r.x))), mine.map((r) => r.value), head.chance ?? 0));
    }
    return out;
  };
  /* 60 points of a fitted curve with its band, across the drawn points. */
  const fitRows = (found, state, rows, slot) => {
    const up = toY(state.y, true), mine = rows.filter((r) => r.kind === "published" && r.slot === slot && r.x > 0), log = state.x !== "date";
    const at = mine.map((r) => (log ? Math.log10(r.x) : r.x)), first = Math.min(...at), last = Math.max(...at), head = mine[0];
    return Array.from({ length: 60 }, (_, i) => {
      const u = first + ((last - first) * i) / 59, [value, low, high] = found.band(u);
      return { kind: "fit", slot, task: head.task, family: head.family, table: head.table, setup: head.setup, paper: head.paper, locator: head.locator, x: log ? 10 ** u : u, y: up(value), low: up(low), high: up(high),
        value, ci_low: low, ci_high: high, unit: head.unit };
    }).filter((r) => [r.y, r.low, r.high].every((v) => v !== null && Number.isFinite(v)));
  };
  return { ALL, identify, inflate, year, Store, select, student, fit, fits, fitRows };
})();

emergence.live.define("explorer", {
  async mount(part) {
    const { options: given, words, tag, fill, say } = part;
    const name = (key) => given.labels[key] ?? String(key).replaceAll("_", " ");
    let store = new explorer.Store(given.first, given.key);
    const known = () => store.known;

    /* --- state --------------------------------------------------------------------------------------------------- */
    const start = () => ({ curves: [...given.start], x: "params", other: null, xscale: "log", y: "linear", lines: true, fit: false });
    const settled = (state) => {
      if (state.x === "task" && !store.byTask.has(state.other)) state.x = "params";
      if (state.x !== "task") state.other = null;
      if (state.x === "date" || state.x === "task") state.xscale = "linear";
      return state;
    };
    const flag = ["0", "1"];
    const linked = () => {
      const p = part.read({ x: given.x, y: given.y, xscale: ["log", "linear"], lines: flag, fit: flag,
        other: (text) => (store.byTask.has(text) ? text : undefined),
        c: (text) => { const ids = [...new Set(text.split("."))]; return text === "" ? [] : ids.length <= given.most && ids.every((id) => known().has(id)) ? ids : undefined; } });
      const base = start();
      return settled({ ...base, curves: p.c ?? base.curves, x: p.x ?? base.x, other: p.other ?? null, xscale: p.xscale ?? base.xscale, y: p.y ?? base.y,
        lines: p.lines ? p.lines === "1" : base.lines, fit: p.fit ? p.fit === "1" : base.fit });
    };
    const params = () => ({ c: state.curves.join("."), x: state.x, other: state.other, xscale: state.x === "date" || state.x === "task" ? null : state.xscale,
      y: state.y, lines: +state.lines, fit: +state.fit });
    let state = start(), touched = false; // has the reader changed anything?

    /* --- words of a curve ---------------------------------------------------------------------------------------- */
    const shots = (n) => (n === null ? "" : n === 0 ? words.shots_none : n === 1 ? words.shots_one : fill(words.shots, { n: part.number(n) }));
    const prompting = (c) => [c.setting ? name(c.setting) : words.no_prompting, c.n_shots && c.setting !== "one_shot" ? shots(c.n_shots) : ""].filter(Boolean).join(", ");
    const place = (c) => { const detail = c.setup.startsWith(`${c.table}: `) ? c.setup.slice(c.table.length + 2) : ""; return detail && detail !== "n/a" ? `${c.source} (${detail})` : c.source; };
    const nameOf = (entry) => {
      const c = entry.members[0];
      return { task: name(c.task), rest: [entry.field ? fill(words.all_models, { n: entry.members.length }) : c.family, prompting(c), name(c.metric), place(c)].join(" · ") };
    };
    const short = (slot) => { const c = known().get(state.curves[slot]), n = nameOf(c); return `${n.task}, ${c.field ? n.rest.split(" · ")[0] : c.members[0].family}, ${prompting(c.members[0])}`; };
    const isShare = (unit) => unit === "fraction";
    const score = (v, unit) => (isShare(unit) ? `${+(100 * v).toPrecision(4)} %` : `${part.number(v)} ${name(unit ?? "")}`);
    const size = (v) => (Math.abs(v) >= 1e15 ? v.toExponential(2).replace("e+", "e") : v >= 1e12 ? `${+(v / 1e12).toPrecision(3)}T` : v >= 1e9 ? `${+(v / 1e9).toPrecision(3)}B` : v >= 1e6 ? `${+(v / 1e6).toPrecision(3)}M` : String(+v.toPrecision(4)));
    const axis = () => (state.x === "task" ? fill(words.score_of, { task: name(state.other) }) : state.x === "date" ? words.year : name(state.x));
    const across = (v) => (state.x === "date" ? v.toFixed(2) : state.x === "task" ? String(+v.toPrecision(4)) : size(v));

    /* --- drawing --------------------------------------------------------------------------------------------------- */
    const shapes = ["M0,-5A5,5,0,1,1,0,5A5,5,0,1,1,0,-5Z", "M-4.5,-4.5h9v9h-9Z", "M0,-5L5.5,5H-5.5Z", "M0,-6L5,0L0,6L-5,0Z", "M-6,-2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z", "M0,5L5.5,-5H-5.5Z", "M-5,-5.5L5,0L-5,5.5Z", "M5,-5.5L-5,0L5,5.5Z"];
    const symbol = (slot) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      for (const [k, v] of Object.entries({ viewBox: "-8 -8 16 16", width: 16, height: 16, "aria-hidden": "true" })) svg.setAttribute(k, v);
      path.setAttribute("d", shapes[slot]); path.setAttribute("fill", given.palette[slot]);
      svg.append(path);
      return svg;
    };
    const legend = tag("ul", { class: "em-chips" }), notes = tag("ul", { class: "em-notes" }), stage = tag("div");
    const chart = part.chart(stage, "log-linear");
    let last = { rows: [], left: [], fits: new Map() };
    const draw = () => {
      const { rows, left, unit } = explorer.select(store, state), found = state.fit ? explorer.fits(store, state, rows) : new Map();
      const names = state.curves.map((id, slot) => short(slot)), drawn = [...rows];
      for (const [slot, f] of found) if (!f.reason) drawn.push(...explorer.fitRows(f, state, rows, slot));
      for (const r of drawn) {
        r.curve = r.kind === "reference" ? fill(words[r.model], { task: name(r.task) }) : names[r.slot];
        r.score = score(r.value, r.unit);
        r.horizontal = r.kind === "reference" ? "" : across(r.x);
      }
      last = { rows, left, fits: found };
      replace(legend, state.curves.map((id, slot) => chip(id, slot)));
      notes.replaceChildren(...remarks(rows, left, found, names).map((text) => tag("li", {}, text)), ...sourceLine(rows));
      clear.hidden = !state.curves.length;
      chart.chart.stage.hidden = !rows.length;
      for (const b of pictures) b.disabled = !rows.length;
      if (!rows.length) { Object.assign(chart, { rows: [], description: "" }); chart.takeaway.update(); part.status(state.curves.length ? "" : words.empty); return Promise.resolve(); }
      const count = rows.filter((r) => r.kind === "published").length;
      const description = state.curves.join() === given.start.join() && !state.fit && state.x === "params" && state.y === "linear" && state.xscale === "log" ? part.page.finding
        : fill(words.described, { n: count, x: axis(), curves: names.filter((_, slot) => rows.some((r) => r.slot === slot)).join("; ") });
      part.status(description);
      const y = state.y === "logit" && !isShare(unit) ? "linear" : state.y;
      return chart.draw(drawn, description, { chart: `${state.xscale}-${y}`, signals: { dot: count > 150 ? 24 : 64, fraction: isShare(unit) },
        texts: { x: axis(), y: isShare(unit) || !unit ? words.score : fill(words.score_in, { unit: name(unit) }) } });
    };
    /* The tables of what is drawn, each as {paper, place, url}. */
    const sources = (rows) => {
      const slots = new Set(rows.map((r) => r.slot));
      const curves = state.curves.filter((_, slot) => slots.has(slot)).map((id) => known().get(id).members[0]);
      return [...new Map(curves.map((c) => [c.table, { paper: c.source, place: c.named[0], url: c.named[1] }])).values()];
    };
    const sourceLine = (rows) => {
      const list = sources(rows);
      if (!list.length) return [];
      const links = list.flatMap(({ paper, place, url }, i) => [i ? "; " : " ", tag("a", { href: url, target: "_blank", rel: "noopener" }, paper), place ? `, ${place}` : ""]);
      return [tag("li", { class: "em-source" }, `${list.length === 1 ? say.source : say.sources}:`, ...links, ".")];
    };
    const remarks = (rows, left, found, names) => {
      const out = left.map((l) => fill(words[l.why], { curve: names[l.slot], n: l.n, unit: name(l.unit ?? "") }));
      for (const [slot, f] of found) {
        const chance = known().get(state.curves[slot]).members[0].chance, dates = state.x === "date";
        if (f.reason) {
          out.push(fill(words[`fit_${f.reason}`], { curve: names[slot], floor: score(chance ?? 0, "fraction"), beyond: dates ? words.beyond_year : words.beyond_decade }));
          continue;
        }
        const place = (u) => (dates ? u.toFixed(2) : size(10 ** u)), n = (v) => String(+v.toPrecision(3));
        out.push(fill(words.fit_found, { curve: names[slot], floor: score(f.floor, "fraction"), midpoint: place(f.midpoint), low: place(f.midpoint_interval[0]), high: place(f.midpoint_interval[1]),
          steepness: n(f.steepness), slow: n(f.steepness_interval[0]), shigh: n(f.steepness_interval[1]), per: dates ? words.per_year : words.per_decade,
          why: chance === null ? words.floor_zero : words.floor_chance, n: f.points }));
      }
      for (const [slot, label] of names.entries())
        for (const note of new Set(rows.filter((r) => r.slot === slot && r.note).map((r) => r.note))) out.push(fill(words.flagged, { curve: label, note }));
      return out;
    };
    /* New entries in a list; the reader stays on the one with the same id. */
    const replace = (list, entries) => {
      const id = list.contains(document.activeElement) && document.activeElement.dataset.id;
      list.replaceChildren(...entries);
      if (id) list.querySelector(`[data-id="${id}"]`)?.focus();
    };
    const chip = (id, slot) => {
      const { task, rest } = nameOf(known().get(id));
      return tag("li", {}, symbol(slot), tag("span", {}, tag("b", {}, task), ` ${rest}`),
        part.button("×", () => { const next = state.curves[slot + 1] ?? state.curves[slot - 1]; state.curves.splice(slot, 1); change(); (legend.querySelector(`[data-id="${next}"]`) ?? search.input).focus(); },
          { "aria-label": fill(words.remove, { curve: `${task}, ${rest}` }), "data-id": id, class: "em-remove" }));
    };

    /* --- inputs ------------------------------------------------------------------------------------------------------ */
    const change = () => {
      touched = true;
      settled(state);
      sync();
      part.write(params());
      list();
      return draw();
    };
    const set = (key) => (value) => { state[key] = value; return change(); };
    const x = part.choice({ label: words.x, options: given.x.map((v) => ({ value: v, label: v === "task" ? words.another : v === "date" ? words.date : name(v) })), value: "params",
      onchange: (v) => { state.x = v; if (v === "task") state.other ??= (known().get(state.curves[1]) ?? known().get(state.curves[0]) ?? known().get(given.start[1])).members[0].task; if (v !== "date" && v !== "task") state.xscale = "log"; return change(); } });
    const tasks = () => [...store.byTask].map(([task, curves]) => ({ value: task, label: name(task), also: task, weight: curves.reduce((n, c) => n + c.end - c.start, 0) }));
    const other = part.combobox({ label: words.other, options: tasks, none: words.none_found, results: words.results, onchange: (v) => { state.other = v; return change(); } });
    const xscale = part.choice({ label: words.xscale, options: ["log", "linear"].map((v) => ({ value: v, label: words[v] })), value: "log", onchange: set("xscale") });
    const y = part.choice({ label: words.y, options: given.y.map((v) => ({ value: v, label: words[v] })), value: "linear", onchange: set("y") });
    const lines = part.check({ label: words.lines, value: true, onchange: set("lines") });
    const fitted = part.check({ label: words.fit, onchange: set("fit") });
    const sync = () => {
      x.value = state.x; xscale.value = state.xscale; y.value = state.y; lines.value = state.lines; fitted.value = state.fit;
      other.label.hidden = state.x !== "task";
      xscale.label.hidden = state.x === "date" || state.x === "task";
      if (state.other) other.value = state.other;
    };

    /* --- search ------------------------------------------------------------------------------------------------------ */
    const LISTED = 40;
    let task = known().get(given.start[0]).members[0].task;
    const looked = () => {
      touched = true;
      list();
    };
    const search = part.combobox({ label: words.task, options: tasks, none: words.none_found, results: words.results,
      onchange: (v) => {
        task = v;
        family.value = "";
        setting.value = "";
        looked();
      } });
    const family = part.choice({ label: words.families, options: [{ value: "", label: words.any }], value: "", onchange: looked });
    const setting = part.choice({ label: words.promptings, options: [{ value: "", label: words.any }], value: "", onchange: looked });
    const found = tag("p", { class: "em-status" }), results = tag("ul", { class: "em-results" });
    const list = () => {
      const curves = store.byTask.get(task) || [], fits = (c) => (!family.value || c.family === family.value) && (!setting.value || prompting(c) === setting.value);
      const filter = (input, values) => { const kept = input.value; input.options = [{ value: "", label: words.any }, ...[...new Set(values)].sort().map((v) => ({ value: v, label: v }))]; input.value = kept; };
      filter(family, curves.map((c) => c.family));
      filter(setting, curves.map(prompting));
      const entries = [], seen = new Set();
      for (const c of curves.filter(fits)) {
        const field = known().get(c.fieldId);
        if (!family.value && field.members.length > 1 && !seen.has(c.fieldId)) { seen.add(c.fieldId); entries.push(field); }
      }
      entries.push(...curves.filter(fits).map((c) => known().get(c.id)).sort((a, b) => b.members[0].end - b.members[0].start - (a.members[0].end - a.members[0].start)));
      found.textContent = fill(words.found, { n: entries.length, task: name(task) }) + (state.curves.length >= given.most ? ` ${words.full}` : "");
      replace(results, [...entries.slice(0, LISTED).map((entry) => {
        const n = entry.members.reduce((sum, c) => sum + c.end - c.start, 0), on = state.curves.includes(entry.id), { rest } = nameOf(entry);
        const box = part.check({ label: `${rest} · ${n === 1 ? words.points_one : fill(words.points_many, { n })}`, value: on,
          onchange: (yes) => {
            state.curves = yes ? [...state.curves, entry.id] : state.curves.filter((id) => id !== entry.id);
            return change();
          } });
        box.input.dataset.id = entry.id;
        box.input.disabled = !on && state.curves.length >= given.most;
        return tag("li", {}, box.label);
      }), ...(entries.length > LISTED ? [tag("li", {}, fill(words.more, { n: entries.length - LISTED }))] : [])]);
    };

    /* --- pictures ------------------------------------------------------------------------------------------------------ */
    /* The chart as a picture that stands alone: its legend above, in the ink and on the ground of the page as it is now. */
    const picture = () => {
      const svg = stage.querySelector(".em-live svg").cloneNode(true), styles = getComputedStyle(stage), ink = styles.color, names = state.curves.map((id) => nameOf(known().get(id)));
      let ground = "rgba(0, 0, 0, 0)";
      for (let e = stage; e && ground === "rgba(0, 0, 0, 0)"; e = e.parentElement) ground = getComputedStyle(e).backgroundColor;
      if (ground === "rgba(0, 0, 0, 0)") ground = "white";
      const lines = names.map((n) => `${n.task} · ${n.rest}`), from = sources(last.rows).map(({ paper, place }) => `${paper}${place ? `, ${place}` : ""}`);
      const drawn = +svg.getAttribute("width"), head = 10 + 20 * names.length, high = +svg.getAttribute("height") + head, foot = 8 + 18 * from.length;
      const width = Math.max(drawn, ...[...lines, ...from].map((text) => 40 + 6.5 * text.length)), height = high + foot, make = (kind, attributes, ...children) => {
        const node = document.createElementNS("http://www.w3.org/2000/svg", kind);
        for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
        node.append(...children);
        return node;
      };
      const whole = make("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": "system-ui, sans-serif", "font-size": 12 },
        make("title", {}, chart.description), make("rect", { width: "100%", height: "100%", fill: ground }),
        ...names.map((_, slot) => make("g", { transform: `translate(14,${16 + 20 * slot})` }, make("path", { d: shapes[slot], fill: given.palette[slot] }), make("text", { x: 14, y: 4, fill: ink }, lines[slot]))),
        ...from.map((text, i) => make("text", { x: 14, y: high + 12 + 18 * i, fill: ink, "font-size": 11 }, text)));
      svg.setAttribute("y", head);
      whole.append(svg);
      return { text: new XMLSerializer().serializeToString(whole).replaceAll("currentColor", ink), width, height };
    };
    const png = () => new Promise((done, fail) => {
      const { text, width, height } = picture(), image = new Image();
      image.onload = () => {
        const canvas = tag("canvas", { width: 2 * width, height: 2 * height });
        canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
        canvas.toBlob((blob) => { part.save(`${part.name}.png`, blob, "image/png"); done(); }, "image/png");
      };
      image.onerror = () => fail(new Error("the picture could not be made"));
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    });
    const clear = part.button(words.clear, () => { state.curves = []; return change(); });
    const pictures = [part.button(words.picture_svg, () => part.save(`${part.name}.svg`, picture().text, "image/svg+xml")), part.button(words.picture_png, png)];
    chart.actions.append(...pictures, part.copy(params), clear);

    /* --- put together -------------------------------------------------------------------------------------------------- */
    part.stage.append(part.controls(x, other, xscale, y, lines, fitted), legend, stage, notes,
      tag("fieldset", { class: "em-search" }, tag("legend", {}, words.add), part.controls(search, family, setting), found, results));
    const follow = () => {
      state = linked();
      if (state.curves.length) { search.value = task = known().get(state.curves[0]).members[0].task; family.value = ""; setting.value = ""; }
      sync(); list();
      return draw();
    };
    part.onlink = () => whole.then(follow);
    const whole = part.asset("rows").then(explorer.inflate).then((pack) => { store = new explorer.Store(pack, given.key); });
    /* The rows are there: what the address asks for can be drawn, unless the reader has gone on meanwhile. */
    const arrive = () => {
      const drawn = touched ? [sync(), list(), draw()].at(-1) : follow();
      search.renew();
      other.renew();
      return drawn;
    };
    part.explorer = { ...explorer, get store() { return store; }, get state() { return state; }, get last() { return last; }, whole: whole.then(arrive), change: (next) => { Object.assign(state, next); return change(); } };
    search.value = task;
    sync();
    list();
    if (part.read({ c: (text) => text }).c === undefined) await draw();
    else { part.status(words.loading); await part.explorer.whole; }
    part.explorer.whole.then(() => part.status(fill(words.ready, { rows: store.size.toLocaleString("en") })), (error) => part.fail(error));
  },
});
