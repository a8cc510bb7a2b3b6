/* The page of instructions.js in models/. */
import * as instructions from "../models/instructions.js";
import * as nn from "../models/nn.js";

emergence.live.define("instructions", {
  instructions,
  nn,
  async mount(part) {
    const { words, options: world } = part,
      names = (list) => list.map((x) => x.name),
      offered = (list) => list.map((x) => ({ value: x.name, label: x.label }));
    const models = await Promise.all(
      world.models.map(async (m) => ({ ...m, model: new nn.Transformer(nn.unpack(await part.asset(m.asset))) })),
    );
    const text = part.text({ label: words.text, value: world.text, size: 8, maxlength: 20, oninput: changed });
    const order = part.choice({
      label: words.order,
      options: offered(world.orders),
      value: world.task[0],
      onchange: changed,
    });
    const map = part.choice({
      label: words.map,
      options: offered(world.maps),
      value: world.task[1],
      onchange: changed,
    });
    const other = part.button(words.random, () => {
      text.value = Array.from(
        { length: world.length },
        () => world.letters[Math.floor(Math.random() * world.letters.length)],
      ).join("");
      return changed();
    });
    part.stage.append(
      part.controls(text, order, map),
      part.actions(
        other,
        part.copy(() => ({ text: text.value, order: order.value, map: map.value })),
      ),
    );
    const chart = part.chart(part.stage.appendChild(part.tag("div")), "answers");

    part.rows = (string, task) => {
      const right = instructions.decode(world, instructions.carryOut(world, task, string));
      const said = [
        { label: world.wanted, written: right, state: "" },
        ...models.map((m) => ({
          label: m.label,
          written: instructions.decode(world, instructions.write(world, m.model, task, string)),
          state: m.states[task.join(" ")],
        })),
      ];
      return said.flatMap(({ label, written, state }) =>
        [...written].map((letter, i) => ({
          kind: state ? "miniature" : "simulation",
          tuned_model: label,
          training_state: state,
          place: i + 1,
          letter: letter,
          wanted_letter: right[i],
          mark: letter === right[i] ? "is_right" : "is_wrong",
        })),
      );
    };
    function changed() {
      const string = instructions.encode(world, text.value);
      text.input.setAttribute("aria-invalid", String(!string));
      if (!string) return part.status(words.refused);
      const rows = part.rows(string, [order.value, map.value]),
        right = rows
          .slice(0, world.length)
          .map((r) => r.letter)
          .join("");
      const each = models
        .map((m) => {
          const own = rows.filter((r) => r.tuned_model === m.label);
          return part.fill(words.one, {
            tasks: m.tasks,
            written: own.map((r) => r.letter).join(""),
            state: own[0].training_state,
            count: own.filter((r) => r.mark === "is_right").length,
          });
        })
        .join(" ");
      const said = part.fill(words.answered, { text: instructions.decode(world, string), right, each });
      part.status(said);
      return chart.draw(rows, said);
    }
    const readAddress = () => {
      const given = part.read({
        text: (t) => (instructions.encode(world, t) ? t : undefined),
        order: names(world.orders),
        map: names(world.maps),
      });
      for (const [name, control] of Object.entries({ text, order, map }))
        if (given[name] !== undefined) control.value = given[name];
    };
    part.onlink = () => {
      readAddress();
      return changed();
    };
    readAddress();
    await changed();
  },
});
