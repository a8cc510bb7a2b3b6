/* One live part: what its script is offered (see live.js). */
import { combobox } from "./combobox.js";
import * as inputs from "./inputs.js";
import { copyAddress, fill, found, linkHere, lost, number, save, tag, writeHash } from "./kit.js";
import { PartChart } from "./part-chart.js";
import { clients } from "./registry.js";
import { Runs } from "./runs.js";
import { Work } from "./work.js";

export class Part {
  /* `means` are those of the place: asset(name) → Promise<ArrayBuffer>; linked: may the address be written; again(): mounts the
     part anew, offered after an error (absent: not offered). */
  constructor(element, page, say, means) {
    this.host = element;
    this.page = page;
    this.say = say;
    this.means = means;
    this.tag = tag;
    this.fill = fill;
    this.number = number;
    this.name = page.name;
    this.title = page.title;
    this.options = page.options;
    this.words = page.words;
    this.charts = Object.keys(page.charts);
    this.owned = [];
    this.loaded = {};
    this.over = false;
    this.failed = null;
    /** @type {(() => void) | undefined} told when the part goes away */
    this.onclose = undefined;
    /** @type {(() => any) | undefined} told when the reader follows another link to this part */
    this.onlink = undefined;
    this.stage = tag("div", { class: "em-part em-mounting" });
    this.spoken = tag("p", {
      class: "em-status",
      role: "status",
      "aria-live": "polite",
    });
    this.frame = tag("div", { class: "em-frame" }, this.stage, this.spoken);
    const still = element.querySelector(".em-still");
    if (still) still.after(this.frame);
    else element.append(this.frame);
  }
  async mount() {
    try {
      const client = clients[this.page.script];
      if (!client) throw new Error(`the script ${this.page.script} defines no live part`);
      await client.mount(this);
      if (this.over) return this;
      this.stage.classList.remove("em-mounting");
      this.host.classList.add("em-drawn");
    } catch (error) {
      this.fail(error);
    }
    return this;
  }
  /* The picture takes the part's place again, with a sentence and a way to try again. */
  fail(error) {
    if (this.over) return;
    this.failed = error;
    this.stop();
    this.stage.remove();
    const { again } = this.means;
    lost(
      this.host,
      this.say,
      this.say.live_failed,
      error,
      again &&
        (() => {
          this.close();
          again();
        }),
    );
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
      } catch (error) {
        this.fail(error);
        return undefined;
      }
    };
  }
  status(text) {
    if (!this.over && this.spoken.textContent !== text) this.spoken.textContent = text;
  }
  asset(name) {
    if (!Object.hasOwn(this.page.assets, name)) return Promise.reject(new Error(`${this.name} has no asset ${name}`));
    // One that was lost is asked for again.
    return (this.loaded[name] ||= this.means.asset(name).catch((error) => {
      delete this.loaded[name];
      throw error;
    }));
  }
  /* What has to be closed with the part; what a script makes after that is closed at once. */
  own(thing) {
    if (this.over) thing.close();
    else this.owned.push(thing);
    return thing;
  }
  runs() {
    return new Runs(this);
  }
  work() {
    return this.own(new Work(this));
  }
  chart(element, name, settings) {
    return this.own(new PartChart(this, element, name, settings));
  }

  /* inputs */
  controls(...items) {
    return inputs.controls(...items);
  }
  actions(...items) {
    return inputs.actions(...items);
  }
  button(label, onclick, attributes) {
    return inputs.button(this, label, onclick, attributes);
  }
  slider(settings) {
    return inputs.slider(this, settings);
  }
  choice(settings) {
    return inputs.choice(this, settings);
  }
  check(settings) {
    return inputs.check(this, settings);
  }
  text(settings) {
    return inputs.text(this, settings);
  }
  combobox(settings) {
    return combobox(this, settings);
  }

  /* the address */
  /* `allowed` maps names to a list of values, or to a function text → value or undefined. Anything else in the address is ignored;
     a name given twice counts once, the last allowed time. */
  read(allowed) {
    const link = this.means.linked ? linkHere() : null,
      taken = {};
    for (const [name, text] of link && link.name === this.name ? link.wanted : []) {
      if (!Object.hasOwn(allowed, name)) continue;
      const rule = allowed[name],
        value = typeof rule === "function" ? rule(text) : rule.find((v) => String(v) === text);
      if (value !== undefined) taken[name] = value;
    }
    return taken;
  }
  hash(params) {
    const query = Object.entries(params)
      .filter(([, v]) => v !== undefined && v !== null)
      .map((pair) => pair.map((v) => encodeURIComponent(v)).join("="));
    return `#fig-${this.name}${query.length ? `?${query.join("&")}` : ""}`;
  }
  write(params) {
    if (this.means.linked) writeHash(this.hash(params));
  }
  /* A button that puts `params()` into the address and copies it; where there are no links, nothing, which can be appended all the same. */
  copy(params) {
    if (!this.means.linked) return new DocumentFragment();
    return this.button(this.say.copy, () => copyAddress(this.hash(params()), this.say, this.spoken));
  }
  save(file, content, type) {
    save(file, content, type);
  }
}
