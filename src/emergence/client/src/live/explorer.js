/* The page of explorer.js in models/. */
import * as explorer from "../models/explorer.js";

emergence.live.define("explorer", {
  async mount(part) {
    const { options: given, words, tag, fill, say } = part;
    const name = (key) => given.labels[key] ?? String(key).replaceAll("_", " ");
    let store = new explorer.Store(given.first, given.key);
    const known = () => store.known;

    /* --- state --------------------------------------------------------------------------------------------------- */
    const start = () => ({
      curves: [...given.start],
      x: "params",
      other: null,
      xscale: "log",
      y: "linear",
      lines: true,
      fit: false,
    });
    const settled = (state) => {
      if (state.x === "task" && !store.byTask.has(state.other)) state.x = "params";
      if (state.x !== "task") state.other = null;
      if (state.x === "date" || state.x === "task") state.xscale = "linear";
      return state;
    };
    const flag = ["0", "1"];
    const linked = () => {
      const p = part.read({
        x: given.x,
        y: given.y,
        xscale: ["log", "linear"],
        lines: flag,
        fit: flag,
        other: (text) => (store.byTask.has(text) ? text : undefined),
        c: (text) => {
          const ids = [...new Set(text.split("."))];
          return text === "" ? [] : ids.length <= given.most && ids.every((id) => known().has(id)) ? ids : undefined;
        },
      });
      const base = start();
      return settled({
        ...base,
        curves: p.c ?? base.curves,
        x: p.x ?? base.x,
        other: p.other ?? null,
        xscale: p.xscale ?? base.xscale,
        y: p.y ?? base.y,
        lines: p.lines ? p.lines === "1" : base.lines,
        fit: p.fit ? p.fit === "1" : base.fit,
      });
    };
    const params = () => ({
      c: state.curves.join("."),
      x: state.x,
      other: state.other,
      xscale: state.x === "date" || state.x === "task" ? null : state.xscale,
      y: state.y,
      lines: +state.lines,
      fit: +state.fit,
    });
    let state = start(),
      touched = false; // has the reader changed anything?

    /* --- words of a curve ---------------------------------------------------------------------------------------- */
    const shots = (n) =>
      n === null
        ? ""
        : n === 0
          ? words.shots_none
          : n === 1
            ? words.shots_one
            : fill(words.shots, { n: part.number(n) });
    const prompting = (c) =>
      [c.setting ? name(c.setting) : words.no_prompting, c.n_shots && c.setting !== "one_shot" ? shots(c.n_shots) : ""]
        .filter(Boolean)
        .join(", ");
    const place = (c) => {
      const detail = c.setup.startsWith(`${c.table}: `) ? c.setup.slice(c.table.length + 2) : "";
      return detail && detail !== "n/a" ? `${c.source} (${detail})` : c.source;
    };
    const nameOf = (entry) => {
      const c = entry.members[0];
      return {
        task: name(c.task),
        rest: [
          entry.field ? fill(words.all_models, { n: entry.members.length }) : c.family,
          prompting(c),
          name(c.metric),
          place(c),
        ].join(" · "),
      };
    };
    const short = (slot) => {
      const c = known().get(state.curves[slot]),
        n = nameOf(c);
      return `${n.task}, ${c.field ? n.rest.split(" · ")[0] : c.members[0].family}, ${prompting(c.members[0])}`;
    };
    const isShare = (unit) => unit === "fraction";
    const score = (v, unit) =>
      isShare(unit) ? `${+(100 * v).toPrecision(4)} %` : `${part.number(v)} ${name(unit ?? "")}`;
    const size = (v) =>
      Math.abs(v) >= 1e15
        ? v.toExponential(2).replace("e+", "e")
        : v >= 1e12
          ? `${+(v / 1e12).toPrecision(3)}T`
          : v >= 1e9
            ? `${+(v / 1e9).toPrecision(3)}B`
            : v >= 1e6
              ? `${+(v / 1e6).toPrecision(3)}M`
              : String(+v.toPrecision(4));
    const axis = () =>
      state.x === "task"
        ? fill(words.score_of, { task: name(state.other) })
        : state.x === "date"
          ? words.year
          : name(state.x);
    const across = (v) =>
      state.x === "date" ? v.toFixed(2) : state.x === "task" ? String(+v.toPrecision(4)) : size(v);

    /* --- drawing --------------------------------------------------------------------------------------------------- */
    const shapes = [
      "M0,-5A5,5,0,1,1,0,5A5,5,0,1,1,0,-5Z",
      "M-4.5,-4.5h9v9h-9Z",
      "M0,-5L5.5,5H-5.5Z",
      "M0,-6L5,0L0,6L-5,0Z",
      "M-6,-2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z",
      "M0,5L5.5,-5H-5.5Z",
      "M-5,-5.5L5,0L-5,5.5Z",
      "M5,-5.5L-5,0L5,5.5Z",
    ];
    const symbol = (slot) => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"),
        path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      for (const [k, v] of Object.entries({ viewBox: "-8 -8 16 16", width: 16, height: 16, "aria-hidden": "true" }))
        svg.setAttribute(k, String(v));
      path.setAttribute("d", shapes[slot]);
      path.setAttribute("fill", given.palette[slot]);
      svg.append(path);
      return svg;
    };
    const legend = tag("ul", { class: "em-chips" }),
      notes = tag("ul", { class: "em-notes" }),
      stage = tag("div");
    const chart = part.chart(stage, "log-linear");
    let last = { rows: [], left: [], fits: new Map() };
    const draw = () => {
      const { rows, left, unit } = explorer.select(store, state),
        found = state.fit ? explorer.fits(store, state, rows) : new Map();
      const names = state.curves.map((id, slot) => short(slot)),
        drawn = [...rows];
      for (const [slot, f] of found) if (!f.reason) drawn.push(...explorer.fitRows(f, state, rows, slot));
      for (const r of drawn) {
        r.curve = r.kind === "reference" ? fill(words[r.model], { task: name(r.task) }) : names[r.slot];
        r.score = score(r.value, r.unit);
        r.horizontal = r.kind === "reference" ? "" : across(r.x);
      }
      last = { rows, left, fits: found };
      replace(
        legend,
        state.curves.map((id, slot) => chip(id, slot)),
      );
      notes.replaceChildren(
        ...remarks(rows, left, found, names).map((text) => tag("li", {}, text)),
        ...sourceLine(rows),
      );
      clear.hidden = !state.curves.length;
      chart.chart.stage.hidden = !rows.length;
      for (const b of pictures) b.disabled = !rows.length;
      if (!rows.length) {
        Object.assign(chart, { rows: [], description: "" });
        chart.takeaway.update();
        part.status(state.curves.length ? "" : words.empty);
        return Promise.resolve();
      }
      const count = rows.filter((r) => r.kind === "published").length;
      const description =
        state.curves.join() === given.start.join() &&
        !state.fit &&
        state.x === "params" &&
        state.y === "linear" &&
        state.xscale === "log"
          ? part.page.finding
          : fill(words.described, {
              n: count,
              x: axis(),
              curves: names.filter((_, slot) => rows.some((r) => r.slot === slot)).join("; "),
            });
      part.status(description);
      const y = state.y === "logit" && !isShare(unit) ? "linear" : state.y;
      return chart.draw(drawn, description, {
        chart: `${state.xscale}-${y}`,
        signals: { dot: count > 150 ? 24 : 64, fraction: isShare(unit) },
        texts: { x: axis(), y: isShare(unit) || !unit ? words.score : fill(words.score_in, { unit: name(unit) }) },
      });
    };
    /* The tables of what is drawn, each as {paper, place, url}. */
    const sources = (rows) => {
      const slots = new Set(rows.map((r) => r.slot));
      const curves = state.curves.filter((_, slot) => slots.has(slot)).map((id) => known().get(id).members[0]);
      return [
        ...new Map(curves.map((c) => [c.table, { paper: c.source, where: c.named[0], url: c.named[1] }])).values(),
      ];
    };
    const sourceLine = (rows) => {
      const list = sources(rows);
      if (!list.length) return [];
      const links = list.flatMap(({ paper, where, url }, i) => [
        i ? "; " : " ",
        tag("a", { href: url, target: "_blank", rel: "noopener" }, paper),
        where ? `, ${where}` : "",
      ]);
      return [tag("li", { class: "em-source" }, `${list.length === 1 ? say.source : say.sources}:`, ...links, ".")];
    };
    const remarks = (rows, left, found, names) => {
      const out = left.map((l) => fill(words[l.why], { curve: names[l.slot], n: l.n, unit: name(l.unit ?? "") }));
      for (const [slot, f] of found) {
        const chance = known().get(state.curves[slot]).members[0].chance,
          dates = state.x === "date";
        if (f.reason) {
          out.push(
            fill(words[`fit_${f.reason}`], {
              curve: names[slot],
              floor: score(chance ?? 0, "fraction"),
              beyond: dates ? words.beyond_year : words.beyond_decade,
            }),
          );
          continue;
        }
        const at = (u) => (dates ? u.toFixed(2) : size(10 ** u)),
          n = (v) => String(+v.toPrecision(3));
        out.push(
          fill(words.fit_found, {
            curve: names[slot],
            floor: score(f.floor, "fraction"),
            midpoint: at(f.midpoint),
            low: at(f.midpoint_interval[0]),
            high: at(f.midpoint_interval[1]),
            steepness: n(f.steepness),
            slow: n(f.steepness_interval[0]),
            shigh: n(f.steepness_interval[1]),
            per: dates ? words.per_year : words.per_decade,
            why: chance === null ? words.floor_zero : words.floor_chance,
            n: f.points,
          }),
        );
      }
      for (const [slot, label] of names.entries())
        for (const note of new Set(rows.filter((r) => r.slot === slot && r.note).map((r) => r.note)))
          out.push(fill(words.flagged, { curve: label, note }));
      return out;
    };
    /* New entries in a list; the reader stays on the one with the same id. */
    const replace = (list, entries) => {
      const active = /** @type {HTMLElement} */ (document.activeElement);
      const id = list.contains(active) && active.dataset.id;
      list.replaceChildren(...entries);
      if (id) list.querySelector(`[data-id="${id}"]`)?.focus();
    };
    const chip = (id, slot) => {
      const { task, rest } = nameOf(known().get(id));
      return tag(
        "li",
        {},
        symbol(slot),
        tag("span", {}, tag("b", {}, task), ` ${rest}`),
        part.button(
          "×",
          () => {
            const next = state.curves[slot + 1] ?? state.curves[slot - 1];
            state.curves.splice(slot, 1);
            change();
            (legend.querySelector(`[data-id="${next}"]`) ?? search.input).focus();
          },
          { "aria-label": fill(words.remove, { curve: `${task}, ${rest}` }), "data-id": id, class: "em-remove" },
        ),
      );
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
    const set = (key) => (value) => {
      state[key] = value;
      return change();
    };
    const x = part.choice({
      label: words.x,
      options: given.x.map((v) => ({
        value: v,
        label: v === "task" ? words.another : v === "date" ? words.date : name(v),
      })),
      value: "params",
      onchange: (v) => {
        state.x = v;
        if (v === "task")
          state.other ??= (
            known().get(state.curves[1]) ??
            known().get(state.curves[0]) ??
            known().get(given.start[1])
          ).members[0].task;
        if (v !== "date" && v !== "task") state.xscale = "log";
        return change();
      },
    });
    const tasks = () =>
      [...store.byTask].map(([task, curves]) => ({
        value: task,
        label: name(task),
        also: task,
        weight: curves.reduce((n, c) => n + c.end - c.start, 0),
      }));
    const other = part.combobox({
      label: words.other,
      options: tasks,
      none: words.none_found,
      results: words.results,
      onchange: (v) => {
        state.other = v;
        return change();
      },
    });
    const xscale = part.choice({
      label: words.xscale,
      options: ["log", "linear"].map((v) => ({ value: v, label: words[v] })),
      value: "log",
      onchange: set("xscale"),
    });
    const y = part.choice({
      label: words.y,
      options: given.y.map((v) => ({ value: v, label: words[v] })),
      value: "linear",
      onchange: set("y"),
    });
    const lines = part.check({ label: words.lines, value: true, onchange: set("lines") });
    const fitted = part.check({ label: words.fit, onchange: set("fit") });
    const sync = () => {
      x.value = state.x;
      xscale.value = state.xscale;
      y.value = state.y;
      lines.value = state.lines;
      fitted.value = state.fit;
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
    const search = part.combobox({
      label: words.task,
      options: tasks,
      none: words.none_found,
      results: words.results,
      onchange: (v) => {
        task = v;
        family.value = "";
        setting.value = "";
        looked();
      },
    });
    const family = part.choice({
      label: words.families,
      options: [{ value: "", label: words.any }],
      value: "",
      onchange: looked,
    });
    const setting = part.choice({
      label: words.promptings,
      options: [{ value: "", label: words.any }],
      value: "",
      onchange: looked,
    });
    const found = tag("p", { class: "em-status" }),
      results = tag("ul", { class: "em-results" });
    const list = () => {
      const curves = store.byTask.get(task) || [],
        fits = (c) =>
          (!family.value || c.family === family.value) && (!setting.value || prompting(c) === setting.value);
      const filter = (input, values) => {
        const kept = input.value;
        input.options = [
          { value: "", label: words.any },
          ...[...new Set(values)].sort().map((v) => ({ value: v, label: v })),
        ];
        input.value = kept;
      };
      filter(
        family,
        curves.map((c) => c.family),
      );
      filter(setting, curves.map(prompting));
      const entries = [],
        seen = new Set();
      for (const c of curves.filter(fits)) {
        const field = known().get(c.fieldId);
        if (!family.value && field.members.length > 1 && !seen.has(c.fieldId)) {
          seen.add(c.fieldId);
          entries.push(field);
        }
      }
      entries.push(
        ...curves
          .filter(fits)
          .map((c) => known().get(c.id))
          .sort((a, b) => b.members[0].end - b.members[0].start - (a.members[0].end - a.members[0].start)),
      );
      found.textContent =
        fill(words.found, { n: entries.length, task: name(task) }) +
        (state.curves.length >= given.most ? ` ${words.full}` : "");
      replace(results, [
        ...entries.slice(0, LISTED).map((entry) => {
          const n = entry.members.reduce((sum, c) => sum + c.end - c.start, 0),
            on = state.curves.includes(entry.id),
            { rest } = nameOf(entry);
          const box = part.check({
            label: `${rest} · ${n === 1 ? words.points_one : fill(words.points_many, { n })}`,
            value: on,
            onchange: (yes) => {
              state.curves = yes ? [...state.curves, entry.id] : state.curves.filter((id) => id !== entry.id);
              return change();
            },
          });
          box.input.dataset.id = entry.id;
          box.input.disabled = !on && state.curves.length >= given.most;
          return tag("li", {}, box.label);
        }),
        ...(entries.length > LISTED ? [tag("li", {}, fill(words.more, { n: entries.length - LISTED }))] : []),
      ]);
    };

    /* --- pictures ------------------------------------------------------------------------------------------------------ */
    /* The chart as a picture that stands alone: its legend above, in the ink and on the ground of the page as it is now. */
    const picture = () => {
      const svg = stage.querySelector(".em-live svg").cloneNode(true),
        styles = getComputedStyle(stage),
        ink = styles.color,
        names = state.curves.map((id) => nameOf(known().get(id)));
      let ground = "rgba(0, 0, 0, 0)";
      for (let e = stage; e && ground === "rgba(0, 0, 0, 0)"; e = e.parentElement)
        ground = getComputedStyle(e).backgroundColor;
      if (ground === "rgba(0, 0, 0, 0)") ground = "white";
      const entries = names.map((n) => `${n.task} · ${n.rest}`),
        from = sources(last.rows).map(({ paper, where }) => `${paper}${where ? `, ${where}` : ""}`);
      const drawn = +svg.getAttribute("width"),
        head = 10 + 20 * names.length,
        high = +svg.getAttribute("height") + head,
        foot = 8 + 18 * from.length;
      const width = Math.max(drawn, ...[...entries, ...from].map((text) => 40 + 6.5 * text.length)),
        height = high + foot,
        make = (kind, attributes, ...children) => {
          const node = document.createElementNS("http://www.w3.org/2000/svg", kind);
          for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
          node.append(...children);
          return node;
        };
      const whole = make(
        "svg",
        {
          xmlns: "http://www.w3.org/2000/svg",
          width,
          height,
          viewBox: `0 0 ${width} ${height}`,
          "font-family": "system-ui, sans-serif",
          "font-size": 12,
        },
        make("title", {}, chart.description),
        make("rect", { width: "100%", height: "100%", fill: ground }),
        ...names.map((_, slot) =>
          make(
            "g",
            { transform: `translate(14,${16 + 20 * slot})` },
            make("path", { d: shapes[slot], fill: given.palette[slot] }),
            make("text", { x: 14, y: 4, fill: ink }, entries[slot]),
          ),
        ),
        ...from.map((text, i) => make("text", { x: 14, y: high + 12 + 18 * i, fill: ink, "font-size": 11 }, text)),
      );
      svg.setAttribute("y", head);
      whole.append(svg);
      return { text: new XMLSerializer().serializeToString(whole).replaceAll("currentColor", ink), width, height };
    };
    const png = () =>
      new Promise((done, fail) => {
        const { text, width, height } = picture(),
          image = new Image();
        image.onload = () => {
          const canvas = tag("canvas", { width: 2 * width, height: 2 * height });
          canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
          canvas.toBlob((blob) => {
            part.save(`${part.name}.png`, blob, "image/png");
            done();
          }, "image/png");
        };
        image.onerror = () => fail(new Error("the picture could not be made"));
        image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
      });
    const clear = part.button(words.clear, () => {
      state.curves = [];
      return change();
    });
    const pictures = [
      part.button(words.picture_svg, () => part.save(`${part.name}.svg`, picture().text, "image/svg+xml")),
      part.button(words.picture_png, png),
    ];
    chart.actions.append(...pictures, part.copy(params), clear);

    /* --- put together -------------------------------------------------------------------------------------------------- */
    part.stage.append(
      part.controls(x, other, xscale, y, lines, fitted),
      legend,
      stage,
      notes,
      tag(
        "fieldset",
        { class: "em-search" },
        tag("legend", {}, words.add),
        part.controls(search, family, setting),
        found,
        results,
      ),
    );
    const follow = () => {
      state = linked();
      if (state.curves.length) {
        search.value = task = known().get(state.curves[0]).members[0].task;
        family.value = "";
        setting.value = "";
      }
      sync();
      list();
      return draw();
    };
    part.onlink = () => whole.then(follow);
    const whole = part
      .asset("rows")
      .then(explorer.inflate)
      .then((pack) => {
        store = new explorer.Store(pack, given.key);
      });
    /* The rows are there: what the address asks for can be drawn, unless the reader has gone on meanwhile. */
    const arrive = () => {
      const drawn = touched ? [sync(), list(), draw()].at(-1) : follow();
      search.renew();
      other.renew();
      return drawn;
    };
    part.explorer = {
      ...explorer,
      get store() {
        return store;
      },
      get state() {
        return state;
      },
      get last() {
        return last;
      },
      whole: whole.then(arrive),
      change: (next) => {
        Object.assign(state, next);
        return change();
      },
    };
    search.value = task;
    sync();
    list();
    if (part.read({ c: (text) => text }).c === undefined) await draw();
    else {
      part.status(words.loading);
      await part.explorer.whole;
    }
    part.explorer.whole.then(
      () => part.status(fill(words.ready, { rows: store.size.toLocaleString("en") })),
      (error) => part.fail(error),
    );
  },
});
