/* Live parts: pieces of a page that compute in the browser (see emergence/live.py). Needs figure.js.

   A client script calls emergence.live.define(name, { *worker(settings, post)?, mount(part) }). What `part` offers:
     host, stage            the whole part, and the element to build in
     name, title, options   from the definition; words: the script's own words; say: the words every part shares
     charts                 names of the compiled charts
     tag, fill, number      the helpers of figure.js: elements, "{placeholders}", numbers for readers
     controls(...), actions(...)   rows of inputs, rows of buttons; append them to part.stage yourself
     slider, choice, check, text, combobox   labeled inputs: { label (element), input, value (get and set) }; oninput / onchange get the value
     button(label, onclick)        an element
     chart(element, name, {title, actions}) → { draw(rows, description, {chart, texts, signals}), rows, chart }
     status(text)           said to screen readers and shown below the stage
     asset(name)            promise of an ArrayBuffer; loaded once, when first asked for
     runs()                 { begin(work), end() }: work that waits, as a generator that yields promises; a run ends when the next one begins,
                            and nothing of an ended run resumes
     work()                 { begin(settings, hear), pause(), resume(), end() }: the same in a Web Worker, which runs the script's `worker`, a
                            generator that yields to let messages in; `hear` gets what its own run posts
     read(allowed)          parameters of the address (#fig-name?a=b) that are allowed; write(params) puts them there
     copy(params)           a button that copies a link, where there are links; else nothing (an empty fragment)
     save(file, content, type)     gives the reader a file
     onclose                set it to a function to be told when the part goes away
     onlink                 set it to a function to be told when the reader follows another link to this part
     guard(function)        the same function, whose errors end the part with a sentence; inputs and buttons have it already */
(() => {
  "use strict";
  if (globalThis.emergence.live) return;
  const { tag, fill, number, save, copyAddress, writeHash, linkHere, need, drawing, lost, found, opener, onStir, onApproach, onResize, Chart, Takeaway } = emergence.kit;
  const clients = {}, bodies = {}, pages = {}, blobs = {};

  const bytes = (base64) => {
    const text = atob(base64), out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out.buffer;
  };
  /* The specification with every string "@name" that `texts` knows replaced, and with the given values of its top-level `signals`. */
  const written = (spec, texts, signals) => {
    const full = worded(spec, texts);
    for (const signal of full.signals || []) if (Object.hasOwn(signals, signal.name)) signal.value = signals[signal.name];
    return full;
  };
  const worded = (node, texts) => {
    if (typeof node === "string") return node[0] === "@" && Object.hasOwn(texts, node.slice(1)) ? texts[node.slice(1)] : node;
    if (Array.isArray(node)) return node.map((v) => worded(v, texts));
    return node && typeof node === "object" ? Object.fromEntries(Object.entries(node).map(([k, v]) => [k, worded(v, texts)])) : node;
  };

  /* --- work that goes on over time --------------------------------------------------------------------------------- */
  /* One run at a time: to begin a run ends the one before it, and nothing of an ended run resumes. A run is a generator that yields
     a promise wherever it waits: so every resumption passes through here, and no script can forget to ask whether it still counts. */
  class Runs {
    constructor(part) {
      this.part = part;
      this.run = null;
    }
    /* `work` starts at once. Gives a promise of what it returns, or of nothing when it is ended before. */
    begin(work) {
      const run = work();
      this.run = run;
      return this.part.guard(() => this.drive(run))();
    }
    end() { this.run = null; }
    async drive(run) {
      let step = run.next();
      while (!step.done) {
        const resume = await Promise.resolve(step.value).then((value) => () => run.next(value), (error) => () => run.throw(error));
        if (this.run !== run || this.part.over) return undefined;
        step = resume();
      }
      return step.value;
    }
  }

  /* The worker's side of `Work`. It is written out as text into the worker and may use nothing of this file. There is one timer,
     so there is one run; between two turns messages come in. */
  const serve = (scope, work) => {
    let going = null, timer;
    const turn = () => { if (!going.next().done) timer = setTimeout(turn, 0); };
    scope.onmessage = ({ data: [act, run, settings] }) => {
      clearTimeout(timer);
      if (act === "begin") going = work(settings, (message) => scope.postMessage([run, message]));
      if (act === "end") going = null;
      if (going && act !== "pause") timer = setTimeout(turn, 0);
    };
  };
  /* The script's `worker` in a Web Worker, one run at a time. Every message carries the number of its run, and what an ended run
     still had to say is heard by nobody. */
  class Work {
    constructor(part) {
      this.run = 0;
      this.worker = blobWorker(part.page.script);
      this.worker.addEventListener("error", (e) => {
        e.preventDefault();
        part.fail(new Error(e.message || "the worker could not be started"));
      });
      this.worker.addEventListener("message", part.guard(({ data: [run, message] }) => (run === this.run ? this.hear(message) : undefined)));
    }
    begin(settings, hear) {
      this.run++;
      this.hear = hear;
      this.send("begin", settings);
    }
    pause() { this.send("pause"); }
    resume() { this.send("resume"); }
    end() {
      this.run++;
      this.send("end");
    }
    send(act, settings) { this.worker.postMessage([act, this.run, settings]); }
    close() { this.worker.terminate(); }
  }

  /* A chart keeps the specifications it was drawn by last: as many as `Chart` keeps drawings. */
  const KEPT = 8;
  /* One chart of a part, with its table and download. Rows are objects; columns of the chart that a row lacks are empty. */
  class PartChart {
    constructor(part, element, name, { title = part.title, actions = true } = {}) {
      if (!Object.hasOwn(part.page.charts, name)) throw new Error(`${part.name} has no chart ${name}; it has: ${part.charts.join(", ")}`);
      this.part = part; this.name = name; this.title = title; this.rows = []; this.variants = new Map();
      const stage = element.appendChild(tag("div", { class: "em-stage" }));
      this.chart = new Chart(stage);
      if (actions) {
        const self = this;
        this.takeaway = new Takeaway(part.say, {
          name: part.charts.length > 1 ? `${part.name}-${name}` : part.name, title, caption: () => this.description || title, rows: () => this.cells,
          get columns() { return self.page.columns; }, get table() { return self.page.table; } });
        this.actions = tag("div", { class: "em-actions" }, this.takeaway.download, this.takeaway.toggle);
        element.append(this.actions, this.takeaway.box);
      }
      onResize(stage, part.guard(() => this.chart.view && this.redraw()));
    }
    get page() { return this.part.page.charts[this.name]; }
    get cells() { return this.rows.map((r) => this.page.columns.map((c) => r[c] ?? null)); }
    /* Newest wins: calls made while one is being painted become one. `chart` switches to another chart of the part. */
    draw(rows, description, { chart = this.name, texts = {}, signals = {} } = {}) {
      Object.assign(this, { rows, description, name: chart, texts, signals });
      return this.redraw();
    }
    redraw() {
      if (this.queued) return this.queued;
      const run = async () => { this.queued = null; await this.paint(); };
      this.queued = (this.painting || Promise.resolve()).then(run, run);
      this.painting = this.queued;
      this.painting.catch((error) => this.part.fail(error));
      return this.painting;
    }
    async paint() {
      if (this.part.over) return;
      await this.chart.draw(this.spec(), this.page.columns, this.cells, this.description || this.title);
      this.takeaway?.update();
    }
    /* The same object for the same words, so that the chart knows it again. */
    spec() {
      const key = JSON.stringify([this.name, this.texts, this.signals]);
      const spec = this.variants.get(key) || written(this.page.spec, this.texts || {}, this.signals || {});
      this.variants.delete(key);
      this.variants.set(key, spec);
      const [oldest] = this.variants.keys();
      if (this.variants.size > KEPT) this.variants.delete(oldest);
      return spec;
    }
    close() { this.chart.clear(); }
  }

  /* The words of a text as they are compared: full-width letters, accents, case, hyphens, and what British and American spelling
     write differently (colour, judgement, modelling, analyse, dialogue) make no difference, a word half typed included. */
  const SPELLINGS = [[/z/g, "s"], [/ou/g, "o"], [/ll/g, "l"], [/dgem/g, "dgm"], [/ogue/g, "og"]];
  const spelled = (text) => {
    const plain = text.normalize("NFKD").replace(/[\p{Mark}\p{Format}]/gu, "").toLowerCase();
    const folded = SPELLINGS.reduce((word, [written, alike]) => word.replace(written, alike), plain);
    return folded.split(/[\s\p{Dash_Punctuation}_]+/u).filter(Boolean);
  };

  let ids = 0;
  class Part {
    /* `means` are those of the place: asset(name) → Promise<ArrayBuffer>; linked: may the address be written; again(): mounts the
       part anew, offered after an error (absent: not offered). */
    constructor(element, page, say, means) {
      Object.assign(this, { host: element, page, say, means, tag, fill, number, name: page.name, title: page.title,
        options: page.options, words: page.words, charts: Object.keys(page.charts), owned: [], loaded: {}, over: false });
      this.stage = tag("div", { class: "em-part em-mounting" });
      this.spoken = tag("p", { class: "em-status", role: "status", "aria-live": "polite" });
      this.frame = tag("div", { class: "em-frame" }, this.stage, this.spoken);
      const still = element.querySelector(".em-still");
      if (still) still.after(this.frame); else element.append(this.frame);
    }
    async mount() {
      try {
        const client = clients[this.page.script];
        if (!client) throw new Error(`the script ${this.page.script} defines no live part`);
        await client.mount(this);
        if (this.over) return this;
        this.stage.classList.remove("em-mounting");
        this.host.classList.add("em-drawn");
      } catch (error) { this.fail(error); }
      return this;
    }
    /* The picture takes the part's place again, with a sentence and a way to try again. */
    fail(error) {
      if (this.over) return;
      this.failed = error;
      this.stop();
      this.stage.remove();
      const { again } = this.means;
      lost(this.host, this.say, this.say.live_failed, error, again && (() => {
        this.close();
        again();
      }));
    }
    /* Nothing runs on; what comes in late is ignored. */
    stop() {
      if (this.over) return;
      this.over = true;
      for (const owned of this.owned) owned.close();
      this.onclose?.();
    }
    /* Leaves the host as it was before this part. */
    close() {
      this.stop();
      found(this.host);
      this.frame.remove();
      this.host.classList.remove("em-drawn");
    }
    guard(act) {
      return (...given) => {
        if (this.over) return undefined;
        try {
          const result = act(...given);
          result?.then?.(null, (error) => this.fail(error));
          return result;
        } catch (error) { this.fail(error); return undefined; }
      };
    }
    status(text) { if (!this.over && this.spoken.textContent !== text) this.spoken.textContent = text; }
    asset(name) {
      if (!Object.hasOwn(this.page.assets, name)) return Promise.reject(new Error(`${this.name} has no asset ${name}`));
      // One that was lost is asked for again.
      return (this.loaded[name] ||= this.means.asset(name).catch((error) => { delete this.loaded[name]; throw error; }));
    }
    /* What has to be closed with the part; what a script makes after that is closed at once. */
    own(thing) {
      if (this.over) thing.close();
      else this.owned.push(thing);
      return thing;
    }
    runs() { return new Runs(this); }
    work() { return this.own(new Work(this)); }
    chart(element, name, settings) { return this.own(new PartChart(this, element, name, settings)); }

    /* inputs */
    controls(...items) { return tag("div", { class: "em-controls" }, ...items.map((i) => i.label || i)); }
    actions(...items) { return tag("div", { class: "em-actions" }, ...items); }
    button(label, onclick, attributes = {}) { return tag("button", { type: "button", onclick: this.guard(onclick), ...attributes }, label); }
    labeled(words, input, ...after) {
      input.id ||= `${this.name}-${++ids}`;
      return tag("label", { for: input.id }, tag("span", {}, words), input, ...after);
    }
    /* Numbers from min to max, or the listed `values` (say, powers of ten); `format` writes one for the reader. */
    slider({ label, min, max, step = 1, values, value, format = number, oninput = () => {}, onchange = () => {} }) {
      const at = (v) => (values ? values.indexOf(v) : v), of = (input) => (values ? values[+input.value] : +input.value);
      const output = tag("output");
      const input = tag("input", { type: "range", min: values ? 0 : min, max: values ? values.length - 1 : max, step: values ? 1 : step });
      const sync = () => { output.textContent = format(of(input)); input.setAttribute("aria-valuetext", format(of(input))); };
      input.addEventListener("input", this.guard(() => { sync(); oninput(of(input)); }));
      input.addEventListener("change", this.guard(() => onchange(of(input))));
      input.value = at(value);
      sync();
      const node = this.labeled(label, input, output);
      output.htmlFor = input.id;
      return { label: node, input, get value() { return of(input); }, set value(v) { input.value = at(v); sync(); } };
    }
    /* options: values, or {value, label}. */
    choice({ label, options, value, onchange = () => {} }) {
      let list = [];
      const input = tag("select", { onchange: this.guard(() => onchange(list[input.selectedIndex].value)) });
      const control = { label: this.labeled(label, input), input,
        get value() { return list[input.selectedIndex]?.value; },
        set value(v) { input.selectedIndex = list.findIndex((o) => o.value === v); },
        set options(given) {
          list = given.map((o) => (o !== null && typeof o === "object" ? o : { value: o, label: String(o) }));
          input.replaceChildren(...list.map((o) => tag("option", { value: String(o.value) }, o.label)));
        } };
      control.options = options;
      if (value !== undefined) control.value = value;
      return control;
    }
    check({ label, value = false, onchange = () => {} }) {
      const input = tag("input", { type: "checkbox", checked: value, onchange: this.guard(() => onchange(input.checked)) });
      return { label: this.labeled(label, input), input, get value() { return input.checked; }, set value(v) { input.checked = v; } };
    }
    text({ label, value = "", size = 20, maxlength = 200, oninput = () => {}, onchange = () => {} }) {
      const input = tag("input", { type: "text", value, size, maxlength, autocomplete: "off", autocapitalize: "off", spellcheck: "false",
        oninput: this.guard(() => oninput(input.value)), onchange: this.guard(() => onchange(input.value)) });
      return { label: this.labeled(label, input), input, get value() { return input.value; }, set value(v) { input.value = v; } };
    }

    /* A text field that filters a long list as the reader types (the WAI-ARIA combobox pattern). `options()` gives {value, label,
       also: further text that is searched, weight: heavier ones come first}; every word typed must occur in label or also, however it
       is spelled (see `spelled`). `none` is said when nothing matches, `results` ("{n} …") how many do. While the list is open the text
       belongs to the reader: a `value` set then shows when the list closes, and `renew()` looks again for what was typed. */
    combobox({ label, options, none, results, onchange = () => {}, most = 50 }) {
      const id = `${this.name}-${++ids}`;
      let shown = [], active = -1, chosen = null, asked = "";
      const input = tag("input", { id, type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list",
        autocomplete: "off", autocapitalize: "off", spellcheck: "false", size: 28, maxlength: 100 });
      // Firefox makes whatever scrolls a stop of the Tab key.
      const box = tag("ul", { id: `${id}-list`, role: "listbox", class: "em-options", "aria-label": label, tabindex: "-1", hidden: true });
      const said = tag("span", { class: "em-said", role: "status" });
      const written = (value) => options().find((o) => o.value === value)?.label ?? "";
      const mark = (k) => {
        box.children[active]?.setAttribute("aria-selected", "false");
        active = k;
        const option = shown[k] && box.children[k];
        if (!option) { input.removeAttribute("aria-activedescendant"); return; }
        option.setAttribute("aria-selected", "true");
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      };
      const close = () => {
        box.hidden = true;
        input.setAttribute("aria-expanded", "false");
        input.removeAttribute("aria-activedescendant");
        active = -1;
      };
      const choose = this.guard((k) => { if (!shown[k]) return undefined; chosen = shown[k].value; input.value = shown[k].label; close(); said.textContent = ""; return onchange(chosen); });
      const matching = (query) => {
        const wanted = spelled(query), whole = wanted.join(" "), typed = query.trim().toLowerCase();
        const rank = (o) => {
          if ([o.label, o.also].some((text) => text?.toLowerCase() === typed)) return 0;
          return o.text.startsWith(whole) ? 1 : 2;
        };
        const searched = (o) => [o.label, o.also ?? ""].map(spelled).flatMap((words) => [words.join(" "), words.join("")]).join(" ");
        const hits = options().map((o) => ({ ...o, text: searched(o) })).filter((o) => wanted.every((word) => o.text.includes(word)));
        return wanted.length ? hits.sort((a, b) => rank(a) - rank(b) || (b.weight ?? 0) - (a.weight ?? 0)) : hits.sort((a, b) => (b.weight ?? 0) - (a.weight ?? 0));
      };
      const open = (query, marked) => {
        asked = query;
        const hits = matching(query);
        shown = hits.slice(0, most);
        box.replaceChildren(...(shown.length ? shown.map((o, k) => tag("li", { id: `${id}-${k}`, role: "option", "aria-selected": "false",
          onmousedown: (e) => e.preventDefault(), onclick: () => choose(k) }, o.label)) : [tag("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, none)]));
        box.hidden = false;
        input.setAttribute("aria-expanded", "true");
        said.textContent = shown.length ? fill(results, { n: hits.length }) : none;
        mark(shown.length ? Math.max(0, shown.findIndex((o) => o.value === marked)) : -1);
      };
      const move = (by) => {
        if (box.hidden) open("");
        else if (shown.length) mark((active + by + shown.length) % shown.length);
      };
      const keys = {
        ArrowDown() { move(1); },
        ArrowUp() { move(-1); },
        Enter() { if (!box.hidden) choose(active); },
        Escape() { if (box.hidden) input.value = ""; else { close(); input.value = written(chosen); } },
      };
      input.addEventListener("keydown", this.guard((e) => {
        // Keys that an input method takes to compose a word are its own; Safari says so by 229 alone.
        if (e.isComposing || e.keyCode === 229) return;
        if (!keys[e.key] || e.altKey || e.ctrlKey || e.metaKey) return;
        e.preventDefault();
        keys[e.key]();
      }));
      input.addEventListener("input", this.guard(() => open(input.value)));
      input.addEventListener("click", this.guard(() => { if (box.hidden) { input.select(); open(""); } }));
      input.addEventListener("blur", () => { close(); input.value = written(chosen); });
      return { label: tag("div", { class: "em-combo" }, tag("label", { for: id }, label), tag("div", {}, input, box), said), input,
        get value() { return chosen; },
        set value(v) {
          chosen = v;
          if (box.hidden) input.value = written(v);
        },
        renew() { if (!box.hidden) open(asked, shown[active]?.value); } };
    }

    /* the address */
    /* `allowed` maps names to a list of values, or to a function text → value or undefined. Anything else in the address is ignored;
       a name given twice counts once, the last allowed time. */
    read(allowed) {
      const link = this.means.linked ? linkHere() : null, taken = {};
      for (const [name, text] of link && link.name === this.name ? link.wanted : []) {
        if (!Object.hasOwn(allowed, name)) continue;
        const rule = allowed[name], value = typeof rule === "function" ? rule(text) : rule.find((v) => String(v) === text);
        if (value !== undefined) taken[name] = value;
      }
      return taken;
    }
    hash(params) {
      const query = Object.entries(params).filter(([, v]) => v !== undefined && v !== null).map((pair) => pair.map((v) => encodeURIComponent(v)).join("="));
      return `#fig-${this.name}${query.length ? `?${query.join("&")}` : ""}`;
    }
    write(params) { if (this.means.linked) writeHash(this.hash(params)); }
    /* A button that puts `params()` into the address and copies it; where there are no links, nothing, which can be appended all the same. */
    copy(params) {
      if (!this.means.linked) return new DocumentFragment();
      return this.button(this.say.copy, () => copyAddress(this.hash(params()), this.say, this.spoken));
    }
    save(file, content, type) { save(file, content, type); }
  }

  /* --- where scripts, definitions and blobs come from ----------------------------------------------------------- */
  const script = (name, body) => { if (!bodies[name]) { bodies[name] = body; body(); } };
  const define = (name, client) => { clients[name] = client; };
  const part = (key, say, page) => { pages[key] = [page, say]; };
  const asset = (file, base64) => { blobs[file] = base64; };
  /* A worker is made of the script's own text: from a disk a browser starts none from a file, a notebook has no file, and elsewhere
     no request can be lost. */
  const blobWorker = (name) => {
    const prelude = `globalThis.emergence = { live: { define: (name, client) => (${serve})(globalThis, client.worker) } };\n`;
    const url = URL.createObjectURL(new Blob([`${prelude}(${bodies[name]})();`], { type: "text/javascript" }));
    const worker = new Worker(url);
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    return worker;
  };
  const mount = async (host) => {
    const { key, folder, script: file } = host.dataset, name = file.replace(/-[0-9a-f]+\.js$/, "");
    await Promise.all([drawing(), need(`${folder}${key}.js`, () => pages[key]), need(folder + file, () => clients[name])]);
    const [page, say] = pages[key];
    host.emergence = new Part(host, page, say, {
      linked: true,
      async asset(name) {
        const blob = page.assets[name];
        await need(`${folder}${blob}.js`, () => blobs[blob]);
        return bytes(blobs[blob]);
      },
      again() {
        parts.delete(host);
        open(host).catch(() => {}); // the host says so itself
      },
    });
    return host.emergence.mount();
  };
  const [open, parts] = opener(mount);
  const hosts = () => [...document.querySelectorAll(".em-live-part[data-key]")];
  const openAll = () => Promise.all(hosts().map(open));
  const followHash = async (scroll, told) => {
    const link = linkHere(), host = link && hosts().find((h) => h.id === `fig-${link.name}`);
    if (!host) return;
    const known = parts.has(host), opened = await open(host).catch(() => null);
    if (known && told && opened?.onlink) await opened.guard(opened.onlink)();
    if (scroll) host.scrollIntoView();
  };
  const start = () => {
    onStir(() => onApproach(hosts(), 600, open));
    followHash(true, false);
    addEventListener("hashchange", () => followHash(true, true));
  };
  emergence.live = { define, script, part, asset, open, openAll, parts, blobWorker, Part, clients };
  if (hosts().length) start();
  else if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
})();
