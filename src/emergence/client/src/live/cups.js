/* The ball under five cups: a question the reader asks, a chain a small model writes, an answer a larger one gives. */
import * as nn from "../models/nn.js";

emergence.live.define("cups", {
  async mount(part) {
    const { pairs, most, pad, equals } = part.options,
      { words, fill, tag, number } = part,
      letters = "ABCDE";
    const swapName = (k) => pairs[k].map((c) => letters[c]).join("");
    const models = {};
    const load = async (name) => (models[name] ||= new nn.Transformer(nn.unpack(await part.asset(name))));
    const prompt = (start, swaps) => [
      start,
      ...Array.from({ length: most }, (_, i) => (i < swaps.length ? 5 + swaps[i] : pad)),
      equals,
    ];
    const follow = (start, swaps) => {
      let at = start;
      return swaps.map((k) => (at = at === pairs[k][0] ? pairs[k][1] : at === pairs[k][1] ? pairs[k][0] : at));
    };
    part.chain = (model, start, swaps, temperature, random) => {
      const tokens = prompt(start, swaps);
      for (let i = 0; i < swaps.length; i++) tokens.push(model.next(tokens, { temperature, random }));
      return tokens.slice(most + 2);
    };
    part.direct = (model, start, swaps) => [...nn.softmax(model.run(prompt(start, swaps), { last: true }))];
    part.load = load;
    part.prompt = prompt;

    const writing = part.runs(),
      calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let question = { start: 0, swaps: [], truth: [] },
      refused = "";

    const length = part.slider({ label: words.length, min: 1, max: most, value: 6, oninput: () => ask() });
    const from = part.choice({
      label: words.start,
      options: [...letters].map((l, i) => ({ value: i, label: l })),
      value: 0,
      onchange: (v) => put(v, question.swaps),
    });
    const typed = part.text({
      label: words.swaps,
      size: 38,
      maxlength: 60,
      onchange: (text) => {
        const { found, problem } = read(text);
        if (problem) return refuse(problem);
        length.value = found.length;
        return put(question.start, found);
      },
    });
    const model = part.choice({
      label: words.model,
      options: [
        { value: "written-d12", label: words.small },
        { value: "written-d64", label: words.large },
      ],
      value: "written-d12",
      onchange: () => clear(),
    });
    const temperature = part.slider({
      label: words.temperature,
      min: 0,
      max: 4,
      step: 0.5,
      value: 0,
      oninput: () => clear(),
    });
    const chains = part.slider({ label: words.chains, values: [1, 3, 5, 10, 20], value: 1, oninput: () => clear() });
    const guesses = part.actions(
      ...[...letters].map((l, i) => part.button(fill(words.your_answer, { cup: l }), () => guess(i))),
    );
    const steps = tag("ol", { class: "em-steps", "aria-label": part.title });
    part.stage.append(
      part.controls(length, from, typed),
      part.actions(part.button(words.new_question, () => ask())),
      guesses,
      part.controls(model, temperature, chains),
      part.actions(part.button(words.write, () => write())),
      steps,
    );
    const chart = part.chart(part.stage, "answers");

    /* Swaps as numbers, or what is wrong with them. */
    const read = (text) => {
      const given = text
        .toUpperCase()
        .split(/[\s,;]+/)
        .filter(Boolean);
      const found = given.map((pair) => pairs.findIndex((_, k) => swapName(k) === [...pair].sort().join("")));
      if (found.includes(-1)) return { problem: fill(words.bad_swap, { text: given[found.indexOf(-1)] }) };
      if (!found.length || found.length > most) return { problem: fill(words.bad_count, { count: found.length }) };
      return { found };
    };
    /* No answer stands for what it does not belong to: any other question, or other settings, calls the writing off. */
    const empty = () => {
      writing.end();
      steps.replaceChildren();
      typed.input.setAttribute("aria-invalid", String(!!refused));
      const none = [...letters].flatMap((cup) =>
        ["cups_written", "cups_direct"].map((cup_answer) => ({ kind: "miniature", cup_answer, cup, value: 0 })),
      );
      return chart.draw(none, part.title);
    };
    const clear = () => {
      part.status(refused || fill(words.asked, { start: letters[question.start], count: question.swaps.length }));
      return empty();
    };
    const put = (start, swaps) => {
      question = { start, swaps, truth: follow(start, swaps) };
      refused = "";
      from.value = start;
      typed.value = swaps.map(swapName).join(" ");
      return clear();
    };
    const refuse = (problem) => {
      refused = problem;
      return clear();
    };
    const ask = () =>
      put(
        Math.floor(5 * Math.random()),
        Array.from({ length: length.value }, () => Math.floor(pairs.length * Math.random())),
      );
    const guess = (i) =>
      part.status(refused || fill(words.played, { guess: letters[i], truth: letters[question.truth.at(-1)] }));

    const step = (cup, i, { swaps, truth }) => {
      const ok = cup === truth[i],
        says = cup < 5 ? letters[cup] : words.no_cup;
      const verdict = ok ? `${words.right} ✓` : `${fill(words.wrong, { truth: letters[truth[i]] })} ✗`;
      return tag(
        "li",
        { class: ok ? "em-ok" : "em-bad" },
        `${fill(words.step, { swap: swapName(swaps[i]), cup: says })} — ${verdict}`,
      );
    };
    const write = () => {
      const cleared = clear(),
        asked = question,
        { start, swaps, truth } = asked;
      if (refused) return cleared;
      return writing.begin(function* () {
        const [writer, direct] = yield Promise.all([load(model.value), load("direct-d64")]),
          ends = [];
        for (let k = 0; k < chains.value; k++) {
          const chain = part.chain(writer, start, swaps, temperature.value, Math.random);
          ends.push(chain.at(-1));
          if (k === 0)
            for (const [i, cup] of chain.entries()) {
              steps.append(step(cup, i, asked));
              if (!calm) yield new Promise((done) => setTimeout(done, 160));
            }
          yield new Promise(requestAnimationFrame);
        }
        const p = part.direct(direct, start, swaps),
          end = truth.at(-1),
          likeliest = (list) => letters[list.indexOf(Math.max(...list))];
        const shares = [...letters].map((_, cup) => ends.filter((e) => e === cup).length / ends.length);
        yield chart.draw(
          [...letters].flatMap((cup, i) => [
            { kind: "miniature", cup_answer: "cups_written", cup, value: shares[i] },
            { kind: "miniature", cup_answer: "cups_direct", cup, value: p[i] },
          ]),
          part.title,
        );
        part.status(
          fill(words.said, {
            truth: letters[end],
            share: `${ends.filter((e) => e === end).length}/${ends.length}`,
            vote: likeliest(shares),
            direct: `${number(100 * p[end])} %`,
            answer: likeliest(p.slice(0, 5)),
          }),
        );
      });
    };
    await ask();
  },
});
