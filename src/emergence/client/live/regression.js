/* A prompt the reader edits: points in the plane are the examples, a Transformer answers at every x. Needs nn.js. */
emergence.live.define("regression", {
  async mount(part) {
    const { points: start, most, noise, penalty, answers, queries: count } = part.options, { words, fill, tag, number } = part;
    const model = new nn.Transformer(nn.unpack(await part.asset("lines")));
    const queries = Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
    let points = start.map((p) => [...p]);

    /* Each answers at one x after the points; see regression.py for the definitions. */
    const transformer = (points, q) => {
      const xs = [...points.map((p) => p[0]), q];
      return model.run(xs.map((x, t) => (t ? [x, ...points[t - 1]] : [x, 0, 0])), { last: true })[0];
    };
    const squares = (lambda) => (points, q) => {
      let a = lambda, b = 0, d = lambda, u = 0, v = 0;
      for (const [x, y] of points) { a += 1; b += x; d += x * x; u += y; v += x * y; }
      const det = a * d - b * b;
      // All points at one x: the smallest solution lies along (1, x).
      return det < 1e-12 * (a + d) ** 2 ? (u + q * v) / (a + d) : ((d * u - b * v) + q * (a * v - b * u)) / det;
    };
    const nearest = (points, q) => {
      const near = points.map((p, i) => [Math.abs(p[0] - q), i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 3);
      return near.reduce((sum, [, i]) => sum + points[i][1], 0) / near.length;
    };
    const rules = { reg_transformer: transformer, reg_posterior_mean: squares(penalty), reg_least_squares: squares(0), reg_nearest: nearest };
    part.rows = (points, queries) => [
      ...answers.flatMap((name) => queries.map((q) => ({ kind: name === "reg_transformer" ? "miniature" : "simulation", regression_answers: name, across: q, height: rules[name](points, q) }))),
      ...points.map(([x, y]) => ({ kind: "simulation", regression_answers: "reg_given", across: x, height: y }))];

    const chart = part.chart(part.stage, "plane");
    const stage = chart.chart.stage, over = tag("div", { class: "em-over" });
    stage.append(over);
    const clamp = (v, most) => Math.max(-most, Math.min(most, v));
    const fix = (x, y) => [Math.round(clamp(x, 1) * 1000) / 1000, Math.round(clamp(y, 2) * 1000) / 1000];
    let handles = [];
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
      const move = part.guard((x, y) => { points[i] = fix(x, y); return draw(); });
      let held = false;
      node.addEventListener("pointerdown", (e) => { node.setPointerCapture(e.pointerId); held = true; e.preventDefault(); node.focus(); });
      node.addEventListener("pointermove", (e) => {
        if (!held) return;
        const box = stage.getBoundingClientRect(), [ox] = chart.chart.origin();
        move(chart.chart.view.scale("x").invert(e.clientX - box.left + stage.scrollLeft - ox), chart.chart.value(e.clientY - box.top));
      });
      for (const end of ["pointerup", "pointercancel"]) node.addEventListener(end, () => { held = false; });
      node.addEventListener("keydown", (e) => {
        const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 2], ArrowDown: [0, -2] }[e.key] || [0, 0], step = e.shiftKey ? 0.1 : 0.02;
        if (dx || dy) { e.preventDefault(); move(points[i][0] + dx * step, points[i][1] + dy * step); }
        else if (e.key === "Delete" || e.key === "Backspace") { e.preventDefault(); part.guard(remove)(i); }
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
      points.push(fix(x, squares(penalty)(points, x) + noise * gauss()));
      return draw();
    };
    const gauss = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    const line = () => {
      const slope = gauss(), height = gauss() / 2;
      points = points.map(() => 2 * Math.random() - 1).map((x) => fix(x, height + slope * x + noise * gauss()));
      return draw();
    };
    part.stage.prepend(part.actions(part.button(words.new_line, line), part.button(words.add, add), part.button(words.remove, () => remove(points.length - 1))));
    async function draw() {
      if (chart.chart.view) place(); // as many handles as points, also before this is drawn
      const rows = part.rows(points, queries), at = (name) => number(rules[name](points, 0));
      const said = fill(words.drawn, { count: points.length, model: at("reg_transformer"), best: at("reg_posterior_mean"), least: at("reg_least_squares") });
      part.status(said);
      await chart.draw(rows, said);
      place();
    }
    part.set = (given) => { points = given.map((p) => fix(...p)); return draw(); };
    await draw();
    new ResizeObserver(() => requestAnimationFrame(part.guard(place))).observe(stage);
  },
});
