/* The ball under five cups: a question the reader asks, a chain a small model writes, an answer a larger one gives. Needs nn.js. */
emergence.live.define("cups", {
  async mount(part) {
    const { pairs, most, pad, equals } = part.options, { words, fill, tag, number } = part, letters = "ABCDE";
    const swapName = (k) => pairs[k].map((c) => letters[c]).join("");
    const models = {};
    const load = async (name) => (models[name] ||= new nn.Transformer(nn.unpack(await part.asset(name))));
    const prompt = (start, swaps) => [start, ...Array.from({ length: most }, (_, i) => (i < swaps.length ? 5 + swaps[i] : pad)), equals];
    const follow = (start, swaps) => { let at = start; return swaps.map((k) => (at = at === pairs[k][0] ? pairs[k][1] : at === pairs[k][1] ? pairs[k][0] : at)); };
    part.chain = (model, start, swaps, temperature, random) => {
      const tokens = prompt(start, swaps);
      for (let i = 0; i < swaps.length; i++) tokens.push(model.next(tokens, { temperature, random }));
      return tokens.slice(most + 2);
    };
    part.direct = (model, start, swaps) => [...nn.softmax(model.run(prompt(start, swaps), { last: true }))];
    part.load = load; part.prompt = prompt;

    let start = 0, swaps = [], truth = [], answered = false;
    const length = part.slider({ label: words.length, min: 1, max: most, value: 6, onchange: () => ask() });
    const from = part.choice({ label: words.start, options: [...letters].map((l, i) => ({ value: i, label: l })), value: 0, onchange: (v) => { start = v; return put(); } });
    const typed = part.text({ label: words.swaps, size: 38, maxlength: 60, onchange: (text) => {
      const given = text.toUpperCase().split(/[\s,;]+/).filter(Boolean), found = [];
      for (const pair of given) {
        const k = pairs.findIndex((p) => p.map((c) => letters[c]).join("") === [...pair].sort().join(""));
        if (k < 0) return part.status(fill(words.bad_swap, { text: pair }));
        found.push(k);
      }
      if (!found.length || found.length > most) return part.status(fill(words.bad_count, { count: found.length }));
      swaps = found; length.value = found.length;
      return put();
    } });
    const model = part.choice({ label: words.model, options: [{ value: "written-d12", label: words.small }, { value: "written-d64", label: words.large }], value: "written-d12" });
    const temperature = part.slider({ label: words.temperature, min: 0, max: 4, step: 0.5, value: 0 });
    const chains = part.slider({ label: words.chains, values: [1, 3, 5, 10, 20], value: 1 });
    const guesses = part.actions(...[...letters].map((l, i) => part.button(fill(words.your_answer, { cup: l }), () => guess(i))));
    const steps = tag("ol", { class: "em-steps", "aria-label": part.title });
    part.stage.append(part.controls(length, from, typed), part.actions(part.button(words.new_question, () => ask())), guesses,
      part.controls(model, temperature, chains), part.actions(part.button(words.write, () => write())), steps);
    const chart = part.chart(part.stage, "answers");

    const put = () => {
      from.value = start; typed.value = swaps.map(swapName).join(" ");
      truth = follow(start, swaps); answered = false;
      steps.replaceChildren();
      part.status(fill(words.asked, { start: letters[start], count: swaps.length }));
      return draw([]);
    };
    const ask = () => {
      start = Math.floor(5 * Math.random());
      swaps = Array.from({ length: length.value }, () => Math.floor(pairs.length * Math.random()));
      return put();
    };
    const guess = (i) => part.status(fill(words.played, { guess: letters[i], truth: letters[truth.at(-1)] }));
    const draw = (rows) => chart.draw(rows.length ? rows : [...letters].flatMap((cup) => ["cups_written", "cups_direct"].map((cup_answer) => ({ kind: "miniature", cup_answer, cup, value: 0 }))), part.title);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let running = 0;
    const write = async () => {
      const mine = ++running, [writer, direct] = await Promise.all([load(model.value), load("direct-d64")]), all = [];
      const put = (chain) => steps.replaceChildren(...chain.map((cup, i) => {
        const ok = cup === truth[i], says = cup < 5 ? letters[cup] : words.no_cup;
        return tag("li", { class: ok ? "em-ok" : "em-bad" }, `${fill(words.step, { swap: swapName(swaps[i]), cup: says })} — ${ok ? words.right : fill(words.wrong, { truth: letters[truth[i]] })} ${ok ? "✓" : "✗"}`);
      }));
      for (let k = 0; k < chains.value; k++) {
        all.push(part.chain(writer, start, swaps, temperature.value, Math.random));
        if (k === 0) for (let i = calm ? all[0].length : 1; i <= all[0].length; i++) {
          put(all[0].slice(0, i));
          await new Promise((done) => setTimeout(done, calm ? 0 : 160));
          if (mine !== running) return;
        }
        await new Promise(requestAnimationFrame);
        if (mine !== running) return;
      }
      const ends = all.map((c) => c.at(-1)), p = part.direct(direct, start, swaps), end = truth.at(-1);
      const shares = [...letters].map((_, cup) => ends.filter((e) => e === cup).length / ends.length);
      const said = fill(words.said, { truth: letters[end], share: `${ends.filter((e) => e === end).length}/${ends.length}`, vote: letters[shares.indexOf(Math.max(...shares))],
        direct: `${number(100 * p[end])} %`, answer: letters[p.slice(0, 5).indexOf(Math.max(...p.slice(0, 5)))] });
      await draw([...letters].flatMap((cup, i) => [{ kind: "miniature", cup_answer: "cups_written", cup, value: shares[i] }, { kind: "miniature", cup_answer: "cups_direct", cup, value: p[i] }]));
      part.status(said);
    };
    await ask();
  },
});
