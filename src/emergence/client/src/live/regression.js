/* A prompt the reader edits: points in the plane are the examples, a Transformer answers at every x. */
import * as nn from "../models/nn.js";
import * as answer from "../models/regression.js";

emergence.live.define("regression", {
  async mount(part) {
    const { points: start, most, noise, penalty, answers, queries: count } = part.options,
      { words, fill, tag, number } = part;
    const model = new nn.Transformer(nn.unpack(await part.asset("lines")));
    const queries = Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
    let points = start.map((p) => [...p]);

    const rules = {
      reg_transformer: answer.transformer(model),
      reg_posterior_mean: answer.squares(penalty),
      reg_least_squares: answer.squares(0),
      reg_nearest: answer.nearest,
    };
    part.rows = (given, asked) => [
      ...answers.flatMap((name) =>
        asked.map((q) => ({
          kind: name === "reg_transformer" ? "miniature" : "simulation",
          regression_answers: name,
          across: q,
          height: rules[name](given, q),
        })),
      ),
      ...given.map(([x, y]) => ({ kind: "simulation", regression_answers: "reg_given", across: x, height: y })),
    ];

    const chart = part.chart(part.stage, "plane");
    const stage = chart.chart.stage,
      over = tag("div", { class: "em-over" });
    stage.append(over);
    const clamp = (v, limit) => Math.max(-limit, Math.min(limit, v));
    const fix = (x, y) => [Math.round(clamp(x, 1) * 1000) / 1000, Math.round(clamp(y, 2) * 1000) / 1000];
    const handles = [];
    const place = () => {
      while (handles.length < points.length) handles.push(over.appendChild(handle(handles.length)));
      while (handles.length > points.length) handles.pop().remove();
      points.forEach(([x, y], i) => {
        const [left, top] = chart.chart.place(x, y);
        Object.assign(handles[i].style, { left: `${left}px`, top: `${top}px` });
        handles[i].setAttribute("aria-label", fill(words.point, { number: i + 1, x: number(x), y: number(y) }));
      });
    };
    const handle = (i) => {
      const node = tag("button", { type: "button", class: "em-handle" });
      const move = part.guard((x, y) => {
        points[i] = fix(x, y);
        return draw();
      });
      let held = false;
      node.addEventListener("pointerdown", (e) => {
        node.setPointerCapture(e.pointerId);
        held = true;
        e.preventDefault();
        node.focus();
      });
      node.addEventListener("pointermove", (e) => {
        if (!held) return;
        const box = stage.getBoundingClientRect(),
          [ox] = chart.chart.origin();
        move(
          chart.chart.view.scale("x").invert(e.clientX - box.left + stage.scrollLeft - ox),
          chart.chart.value(e.clientY - box.top),
        );
      });
      for (const end of ["pointerup", "pointercancel"])
        node.addEventListener(end, () => {
          held = false;
        });
      node.addEventListener("keydown", (e) => {
        const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 2], ArrowDown: [0, -2] }[e.key] || [
            0, 0,
          ],
          step = e.shiftKey ? 0.1 : 0.02;
        if (dx || dy) {
          e.preventDefault();
          move(points[i][0] + dx * step, points[i][1] + dy * step);
        } else if (e.key === "Delete" || e.key === "Backspace") {
          e.preventDefault();
          part.guard(remove)(i);
        }
      });
      return node;
    };
    const remove = (i) => {
      if (points.length === 1) return part.status(words.few);
      points.splice(i, 1);
      const drawing = draw();
      handles[Math.min(i, points.length - 1)].focus();
      return drawing;
    };
    const add = () => {
      if (points.length >= most) return part.status(words.full);
      const x = 1.8 * Math.random() - 0.9;
      points.push(fix(x, answer.squares(penalty)(points, x) + noise * gauss()));
      return draw();
    };
    const gauss = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    const line = () => {
      const slope = gauss(),
        height = gauss() / 2;
      points = points.map(() => 2 * Math.random() - 1).map((x) => fix(x, height + slope * x + noise * gauss()));
      return draw();
    };
    part.stage.prepend(
      part.actions(
        part.button(words.new_line, line),
        part.button(words.add, add),
        part.button(words.remove, () => remove(points.length - 1)),
      ),
    );
    async function draw() {
      if (chart.chart.view) place(); // as many handles as points, also before this is drawn
      const rows = part.rows(points, queries),
        at = (name) => number(rules[name](points, 0));
      const said = fill(words.drawn, {
        count: points.length,
        model: at("reg_transformer"),
        best: at("reg_posterior_mean"),
        least: at("reg_least_squares"),
      });
      part.status(said);
      await chart.draw(rows, said);
      place();
    }
    part.set = (given) => {
      points = given.map((p) => fix(...p));
      return draw();
    };
    await draw();
    new ResizeObserver(() => requestAnimationFrame(part.guard(place))).observe(stage);
  },
});
