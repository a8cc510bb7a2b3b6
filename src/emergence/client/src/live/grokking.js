/* The page of grokking.js in models/. */
import * as grokking from "../models/grokking.js";

emergence.live.define("grokking", {
  grokking,
  /* Trains up to step `steps` and posts { row }, { speed } and at the end { done: step } or { broken: step }. */
  *worker({ steps, ...settings }, post) {
    const training = new grokking.Training(settings);
    let due = 1;
    post({ row: training.measure() });
    while (training.step < steps) {
      const started = performance.now(),
        from = training.step;
      try {
        while (training.step < steps && performance.now() - started < 60) {
          // short turns, so that a pause is heard
          training.advance();
          if (training.step < due && training.step < steps) continue;
          post({ row: training.measure() });
          due = grokking.nextMeasured(training.step);
        }
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return post({ broken: training.step });
      }
      post({ speed: (1000 * (training.step - from)) / (performance.now() - started) });
      yield;
    }
    post({ done: training.step });
  },

  async mount(part) {
    const { words, options: o, say } = part,
      worker = part.work(),
      learned = o.learned;
    let rows = [],
      state = "idle",
      speed = 0;
    const settings = () => ({
      ...o.start,
      p: p.value,
      fraction: fraction.value,
      weight_decay: decay.value,
      learning_rate: rate.value,
      seed: seed.value,
    });
    const changed = () => {
      if (state !== "idle") reset();
    };
    const p = part.choice({ label: words.p, options: o.primes, value: o.start.p, onchange: changed });
    const fraction = part.slider({
      label: words.fraction,
      min: 0.2,
      max: 0.9,
      step: 0.05,
      value: o.start.fraction,
      format: (v) => `${Math.round(100 * v)} %`,
      oninput: changed,
    });
    const decay = part.slider({
      label: words.weight_decay,
      values: o.decays,
      value: o.start.weight_decay,
      oninput: changed,
    });
    const rate = part.slider({
      label: words.learning_rate,
      values: o.rates,
      value: o.start.learning_rate,
      oninput: changed,
    });
    const seed = part.choice({ label: words.seed, options: o.seeds, value: o.start.seed, onchange: changed });
    const inputs = { p, fraction, weight_decay: decay, learning_rate: rate, seed };

    const go = part.button(say.start, () => ({ idle: start, running: pause, paused: resume })[state]?.());
    const again = part.button(say.reset, () => reset());
    part.stage.append(part.controls(...Object.values(inputs)), part.actions(go, again, part.copy(settings)));
    const facts = part.stage.appendChild(part.tag("p", { class: "em-facts" }));
    const accuracy = part.chart(part.stage.appendChild(part.tag("div")), "accuracy", { title: words.accuracy_title });
    const loss = part.chart(part.stage.appendChild(part.tag("div")), "loss", { title: words.loss_title });

    const long = (list, run, what) =>
      list
        .filter((r) => r.step > 0)
        .flatMap((r) =>
          [
            ["seen_pairs", "train"],
            ["held_out_pairs", "test"],
          ].map(([pairs, set]) => ({
            kind: "miniature",
            shown_run: run,
            pairs_scored: pairs,
            train_step: r.step,
            value: r[`${set}_${what}`],
          })),
        );
    const recorded = o.recorded.map(([step, ...v]) => ({
      step,
      train_loss: v[0],
      test_loss: v[1],
      train_accuracy: v[2],
      test_accuracy: v[3],
    }));
    const when = (list, column) => list.find((r) => r[column] >= learned)?.step;
    const percent = (v) => `${Math.round(100 * v)} %`;
    const describe = () => {
      const last = rows.at(-1);
      if (!last || !last.step) return words.recorded;
      return part.fill(words.drawn, {
        step: part.number(last.step),
        train: percent(last.train_accuracy),
        test: percent(last.test_accuracy),
      });
    };
    const draw = () => {
      const shown = rows.length > 1 ? rows : [];
      const list = (what) => [...long(recorded, "recorded_run", what), ...long(shown, "live_run", what)];
      const last = rows.at(-1);
      facts.textContent =
        last && last.step
          ? part.fill(words.facts, {
              step: part.number(last.step),
              speed: part.number(Math.round(speed)),
              train: part.number(+last.train_loss.toPrecision(2)),
              test: part.number(+last.test_loss.toPrecision(2)),
              share: percent(last.wave_share),
            })
          : words.waiting;
      return Promise.all([accuracy.draw(list("accuracy"), describe()), loss.draw(list("loss"), describe())]);
    };
    const show = (next) => {
      state = next;
      go.textContent = { idle: say.start, running: say.pause, paused: say.resume, ended: say.start }[state];
      go.disabled = state === "ended";
    };
    let told = new Set(),
      drawn = 0;
    const start = () => {
      rows = [];
      told = new Set();
      worker.begin({ ...settings(), steps: o.steps }, hear);
      show("running");
      part.status(words.running);
    };
    const pause = () => {
      worker.pause();
      show("paused");
      return drawPaused();
    };
    const resume = () => {
      worker.resume();
      show("running");
      part.status(words.running);
    };
    const reset = () => {
      worker.end();
      rows = [];
      speed = 0;
      show("idle");
      part.status(words.ready);
      return draw();
    };
    const drawPaused = () => {
      part.status(part.fill(words.paused, { step: part.number(rows.at(-1)?.step ?? 0) }));
      return draw();
    };
    const end = (said) => {
      show("ended");
      part.status(said);
      return draw();
    };
    const hear = (data) => {
      if (data.row) {
        rows.push(data.row);
        for (const [column, word] of [
          ["train_accuracy", words.memorized],
          ["test_accuracy", words.generalized],
        ]) {
          if (!data.row.step || data.row[column] < learned || told.has(column)) continue;
          told.add(column);
          part.status(part.fill(word, { step: part.number(when(rows, column)) }));
        }
      }
      if (data.speed) speed = data.speed;
      if (data.done) return end(part.fill(words.done, { step: part.number(data.done) }));
      if (data.broken !== undefined)
        return end(part.fill(words.broken, { step: part.number(data.broken), rate: rate.value, decay: decay.value }));
      if (state === "paused") return drawPaused(); // what was on its way
      if (!data.speed || performance.now() - drawn <= 250) return undefined;
      drawn = performance.now();
      return draw();
    };
    const read = () => {
      const near = (list) => (text) => list.find((v) => Math.abs(v - +text) < 1e-9);
      const found = part.read({
        p: o.primes,
        seed: o.seeds,
        weight_decay: near(o.decays),
        learning_rate: near(o.rates),
        fraction: (text) => (+text >= 0.2 && +text <= 0.9 ? Math.round(+text * 20) / 20 : undefined),
      });
      for (const [name, value] of Object.entries(found)) inputs[name].value = value;
    };
    part.onlink = () => {
      read();
      return reset();
    };
    read();
    show("idle");
    part.status(words.ready);
    await draw();
    part.rows = () => rows;
  },
});
