/* The model of a figure on a page: specifications, rows and row ranges per state (see emergence.figure.page). */
import { KEPT } from "./kept.js";

export const stateNumber = (controls, state) => controls.reduce((n, c, i) => n * c.options.length + state[i], 0);
export const tabulated = (page, words) => {
  const specOf = (state, chart) => {
    const [layouts] = page.states[stateNumber(page.controls, state)];
    return page.specs[layouts[layouts.length > 1 ? chart.columns() - 1 : 0]];
  };
  const forecastOf = (state) => page.forecasts[stateNumber(page.controls, state)];
  return {
    words,
    linked: true,
    name: page.name,
    title: page.title,
    controls: page.controls,
    columns: page.columns,
    table: page.table,
    predicts: !!page.forecasts,
    forecast: forecastOf,
    draw(state, chart) {
      const ranges = page.states[stateNumber(page.controls, state)][1],
        rows = [];
      for (let i = 0; i < ranges.length; i += 2)
        for (let r = ranges[i]; r < ranges[i] + ranges[i + 1]; r++) rows.push(page.rows.map((column) => column[r]));
      const initial = state.every((v, i) => v === page.controls[i].default);
      return {
        rows,
        spec: specOf(state, chart),
        description: initial
          ? page.finding
          : `${page.title} ${page.controls.map((c, i) => `${c.label}: ${c.options[state[i]].label}`).join("; ")}.`,
      };
    },
    /* Other specifications that are one change away, each with a state drawn by it; the shortest moves first. */
    near(state, chart) {
      const found = new Map([[specOf(state, chart), state]]);
      const moves = page.controls
        .flatMap((c, i) => c.options.map((_, k) => [i, k]))
        .sort((a, b) => Math.abs(a[1] - state[a[0]]) - Math.abs(b[1] - state[b[0]]));
      for (const [i, k] of moves) {
        const next = Object.assign([...state], { [i]: k }),
          spec = specOf(next, chart);
        if (!found.has(spec)) found.set(spec, next);
      }
      return [...found].slice(1, KEPT);
    },
  };
};
