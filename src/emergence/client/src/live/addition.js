/* The page of addition.js in models/. */
import * as addition from "../models/addition.js";
import * as nn from "../models/nn.js";

emergence.live.define("addition", {
  addition,
  nn,
  async mount(part) {
    const { words, options: o } = part,
      places = ["carry", "hundreds", "tens", "ones"],
      PER_TURN = 20;
    const found = await Promise.all(
      o.models.map(async (m) => ({
        ...m,
        model: new nn.Transformer(nn.unpack(await part.asset(m.name))),
        sums: 0,
        digits: 0,
        exact: 0,
      })),
    );
    const first = part.text({ label: words.first, value: o.first, size: 5, maxlength: 3, oninput: changed });
    const second = part.text({ label: words.second, value: o.second, size: 5, maxlength: 3, oninput: changed });
    const draw2 = () => [first, second].map(() => Math.floor(1000 * Math.random()));
    const other = part.button(words.random, () => {
      [first.value, second.value] = draw2();
      return changed();
    });
    const more = part.button(words.more, () => quiz());
    for (const control of [first, second]) control.input.inputMode = "numeric";
    part.stage.append(
      part.controls(first, second),
      part.actions(
        other,
        more,
        part.copy(() => ({ a: first.value, b: second.value })),
      ),
    );
    const answers = part.chart(part.stage.appendChild(part.tag("div")), "answers", { title: words.answers_title });
    const tally = part.chart(part.stage.appendChild(part.tag("div")), "tally", { title: words.tally_title });
    const answer = (a, b) => {
      const right = addition.digits(a + b, 4);
      return found.map((m) => ({
        m,
        written: addition.write(m.model, a, b).map((w, i) => ({ ...w, right: w.digit === right[i], wanted: right[i] })),
      }));
    };
    function changed() {
      const a = addition.read(first.value),
        b = addition.read(second.value);
      for (const [control, value] of [
        [first, a],
        [second, b],
      ])
        control.input.setAttribute("aria-invalid", String(value === null));
      if (a === null || b === null) return part.status(words.refused);
      const all = answer(a, b),
        good = all.filter((x) => x.written.every((w) => w.right)).length;
      const rows = all.flatMap(({ m, written }) =>
        written.map((w, i) => ({
          kind: "miniature",
          tiny_model: m.label,
          digit_place: places[3 - i],
          digit_written: w.digit,
          right_digit: w.wanted,
          digit_is: w.right ? "right_digit_written" : "wrong_digit_written",
          digit_probability: w.probability,
        })),
      );
      const said = part.fill(words.answered, { a, b, sum: a + b, good, all: all.length });
      part.status(said);
      return answers.draw(rows, said);
    }
    const showTally = () =>
      tally.draw(
        found.flatMap((m) =>
          (m.sums
            ? [
                ["per_digit", m.digits / (4 * m.sums)],
                ["exact_match", m.exact / m.sums],
              ]
            : []
          ).map(([metric, value]) => ({
            kind: "miniature",
            tiny_model: m.label,
            addition_metric: metric,
            n_sums: m.sums,
            value,
          })),
        ),
        part.fill(found[0].sums ? words.tallied : words.none, { n: found[0].sums }),
      );
    const quizzes = part.runs();
    const quiz = () =>
      quizzes.begin(function* () {
        const sums = Array.from({ length: PER_TURN }, draw2),
          scored = [];
        for (const m of found) {
          const hits = sums.map(([a, b]) => {
            const right = addition.digits(a + b, 4);
            return addition.write(m.model, a, b).filter((w, i) => w.digit === right[i]).length;
          });
          scored.push({ digits: hits.reduce((sum, n) => sum + n, 0), exact: hits.filter((n) => n === 4).length });
          yield new Promise((done) => setTimeout(done, 0)); // between models the page may breathe
        }
        // All models at once: their counts are always of the same sums.
        found.forEach((m, i) => {
          m.sums += PER_TURN;
          m.digits += scored[i].digits;
          m.exact += scored[i].exact;
        });
        part.status(part.fill(words.tallied, { n: found[0].sums }));
        yield showTally();
      });
    const readAddress = () => {
      const number = (text) => addition.read(text) ?? undefined,
        { a, b } = part.read({ a: number, b: number });
      if (a !== undefined) first.value = a;
      if (b !== undefined) second.value = b;
    };
    part.onlink = () => {
      readAddress();
      return changed();
    };
    readAddress();
    await changed();
    await showTally();
  },
});
