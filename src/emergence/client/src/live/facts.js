/* The page of facts.js in models/. */
import * as facts from "../models/facts.js";
import * as nn from "../models/nn.js";

emergence.live.define("facts", {
  async mount(part) {
    const { options: o, words, tag, fill } = part;
    const loaded = await Promise.all(
      o.models.map(async (m) => {
        const blob = nn.unpack(await part.asset(m.name)),
          key = blob.weights["edit.key"],
          value = blob.weights["edit.value"];
        const wide = key.length / m.edits.length,
          d = value.length / m.edits.length;
        return {
          ...m,
          model: new nn.Transformer(blob),
          known: new Map(),
          noise: o.noise.map((draw) => draw.map((v) => v * m.scale)),
          key: (i) => key.subarray(i * wide, (i + 1) * wide),
          value: (i) => value.subarray(i * d, (i + 1) * d),
        };
      }),
    );
    const name = (p) => `${words.firsts[o.pairs[p][0]]} ${words.lasts[o.pairs[p][1] - o.tokens.last]}`;
    const object = (token) => words.objects[token - o.tokens.object] ?? "–";
    const asked = (relation, wording) => words.asked[relation * o.sizes.wordings + wording];
    const people = o.pairs.map((_, value) => ({ value, label: name(value) })),
      kinds = words.relations.map((label, value) => ({ value, label }));
    const within = (count) => (text) => (/^\d{1,3}$/.test(text) && +text < count ? +text : undefined);
    const edits = (m) => m.edits.length / m.layers.length; // every edit is stored once per layer

    /* What the page computes, for its checks too. */
    part.trace = (which, person, relation) => {
      const m = loaded[which];
      return facts
        .trace(
          m.model,
          facts.prompt(o, person, relation, 0, 2),
          o.objects[person][relation],
          m.noise,
          o.first_name,
          o.components,
        )
        .map((r) => ({
          kind: "miniature",
          facts_model: `facts_${m.name}`,
          fact_place: `${r.component}_${r.layer + 1}`,
          fact_position: o.positions[r.position],
          value: r.value,
        }));
    };
    part.edited = (which, index) => {
      const m = loaded[which],
        [person, relation, target, layer] = m.edits[index],
        changed = facts.apply(m.model, layer, m.key(index), m.value(index));
      const known = (...question) => {
        const key = String(question);
        if (!m.known.has(key)) m.known.set(key, facts.answer(m.model, o, ...question));
        return m.known.get(key);
      };
      const ask = (p, r, wording, wanted) => ({
        person: p,
        relation: r,
        wording,
        wanted,
        before: known(p, r, wording),
        after: facts.answer(changed, o, p, r, wording),
      });
      const others = Array.from({ length: o.others }, (_, i) => (person + 1 + i) % o.pairs.length);
      return {
        person,
        relation,
        target,
        itself: [0, 1, 2].map((wording) => ask(person, relation, wording, target)),
        own: kinds.filter((k) => k.value !== relation).map((k) => ask(person, k.value, 1, o.objects[person][k.value])),
        others: others.map((p) => ask(p, relation, 1, o.objects[p][relation])),
      };
    };

    const person = part.choice({
      label: words.person,
      options: people,
      value: o.start.person,
      onchange: () => trace(),
    });
    const relation = part.choice({
      label: words.relation,
      options: kinds,
      value: o.start.relation,
      onchange: () => trace(),
    });
    const another = part.button(words.another, () => {
      person.value = Math.floor(Math.random() * people.length);
      relation.value = Math.floor(Math.random() * kinds.length);
      return trace();
    });
    const shown = tag("p", { class: "em-status" });
    const maps = tag("div", {
      style: "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:.5rem 1rem",
    });
    part.stage.append(part.controls(person, relation), part.actions(another), shown, maps);
    const charts = loaded.map((m) => part.chart(maps.appendChild(tag("div", { style: "min-width:0" })), m.name));

    const which = part.choice({
      label: words.model,
      options: loaded.map((_, i) => ({ value: i, label: [words.designed, words.plain][i] })),
      value: 0,
      onchange: () => {
        fit();
        return edit();
      },
    });
    const chosen = part.choice({ label: words.edit, options: [], onchange: () => edit() });
    const layer = part.choice({ label: words.layer, options: [], onchange: () => edit() });
    const table = tag("div", { class: "em-table", tabindex: 0, role: "group", "aria-label": words.verdict });
    part.stage.append(
      part.controls(which, chosen, layer),
      table,
      part.actions(
        part.copy(() => ({
          person: person.value,
          relation: relation.value,
          model: which.value,
          edit: chosen.value,
          layer: layer.value,
        })),
      ),
    );
    /* The lists of edits and layers are those of the chosen model. */
    const fit = (wanted = chosen.value ?? 0, at = layer.value) => {
      const m = loaded[which.value];
      chosen.options = Array.from({ length: edits(m) }, (_, i) => {
        const [p, r, target] = m.edits[i * m.layers.length];
        return {
          value: i,
          label: fill(words.edit_name, {
            person: name(p),
            relation: words.relations[r],
            old: object(o.objects[p][r]),
            new: object(target),
          }),
        };
      });
      layer.options = m.layers.map((value) => ({ value, label: String(value + 1) }));
      chosen.value = Math.min(wanted, edits(m) - 1);
      layer.value = m.layers.includes(at) ? at : m.layers[0];
    };

    async function trace() {
      const p = person.value,
        r = relation.value,
        best = {};
      shown.textContent = fill(words.prompt, { prompt: `${words.fillers.join(" ")} ${name(p)}’s ${asked(r, 0)}` });
      const all = loaded.map((m, i) => part.trace(i, p, r));
      all.forEach((rows, i) => {
        const top = rows.filter((x) => x.fact_place.startsWith("mlp")).reduce((a, b) => (b.value > a.value ? b : a));
        best[loaded[i].name] = fill(words.place, {
          place: words[top.fact_place],
          position: words[top.fact_position],
          value: Math.round(100 * top.value),
        });
      });
      const said = fill(words.traced, {
        fact: `${name(p)}, ${words.relations[r]}`,
        object: object(o.objects[p][r]),
        ...best,
      });
      part.status(said);
      await Promise.all(charts.map((chart, i) => chart.draw(all[i], said)));
    }
    function edit() {
      const m = loaded[which.value],
        found = part.edited(which.value, chosen.value * m.layers.length + m.layers.indexOf(layer.value)),
        right = (rows) => rows.filter((x) => x.after === x.wanted).length;
      const line = (x, good, bad) =>
        tag(
          "tr",
          {},
          tag("th", { scope: "row", style: "position:static" }, `${name(x.person)}’s ${asked(x.relation, x.wording)}`),
          tag("td", {}, object(x.before)),
          tag("td", {}, object(x.after)),
          tag("td", {}, x.after === x.wanted ? good : bad),
        );
      const said = fill(words.edited, {
        learned: right(found.itself),
        new: object(found.target),
        own: right(found.own),
        others: right(found.others),
        count: o.others,
      });
      table.replaceChildren(
        tag(
          "table",
          {},
          tag("caption", {}, fill(words.table, { model: [words.designed, words.plain][which.value] })),
          tag(
            "thead",
            {},
            tag(
              "tr",
              {},
              ...[words.question, words.before, words.after, words.verdict].map((t) => tag("th", { scope: "col" }, t)),
            ),
          ),
          tag(
            "tbody",
            {},
            ...found.itself.map((x) => line(x, words.learned, words.missed)),
            ...[...found.own, ...found.others.slice(0, 4)].map((x) => line(x, words.kept, words.lost)),
          ),
        ),
      );
      part.status(said);
    }
    const follow = () => {
      const { model = which.value } = part.read({ model: within(loaded.length) }),
        m = loaded[model];
      const given = part.read({
        person: within(people.length),
        relation: within(kinds.length),
        edit: within(edits(m)),
        layer: m.layers,
      });
      person.value = given.person ?? person.value;
      relation.value = given.relation ?? relation.value;
      which.value = model;
      fit(given.edit, given.layer);
      edit();
      return trace();
    };
    part.onlink = follow;
    part.draws = { trace, edit }; // what a change of a control calls, for measurements
    await follow();
  },
});
