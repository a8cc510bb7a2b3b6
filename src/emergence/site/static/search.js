/* Sphinx's search, made to show figures, glossary terms and data tables, and to cut Chinese.
   Their titles and words are in Sphinx's own index, as objects (`places.PlaceDomain`): an object's name is shown up
   to the tab, the rest is only searched. */
(() => {
  "use strict";
  const HAN = /[\u3400-\u9fff]+/g;
  // A page read from a file may not fetch the pages for their summaries.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  let runs = null; // every piece of Chinese in the index
  const chinese = () => runs ||= [...new Set([...Object.keys(Search._index.terms),
    ...Object.entries(Search._index.objects).flatMap(([prefix, list]) => list.map((o) => `${prefix}.${o[4]}`))].flatMap((t) => t.match(HAN) || []))];
  /* Chinese has no spaces: cut from the left the longest pieces the index knows; what it does not know is left out. */
  const cut = (run) => {
    const known = (piece) => chinese().some((r) => r.includes(piece)), out = [];
    for (let i = 0; i < run.length; ) {
      let n = run.length - i;
      while (n > 1 && !known(run.slice(i, i + n))) n--;
      if (n > 1) out.push(run.slice(i, i + n));
      i += n;
    }
    return out.length ? out : [run];
  };
  globalThis.splitQuery = (query) => query.split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu).filter(Boolean)
    .flatMap((word) => word.match(/[\u3400-\u9fff]+|[^\u3400-\u9fff]+/g)).flatMap((part) => (part.search(HAN) === 0 ? cut(part) : [part]));

  /* Words are compared by their beginnings, without the ending of a plural, so that "curves" finds "curve". */
  const parse = Search._parseQuery;
  Search._parseQuery = (query) => {
    const [text, words, excluded, highlighted, objects] = parse(query);
    const kept = [...objects].filter((w) => !stopwords.includes(w)).map((w) => (w.length > 3 ? w.replace(/(ies|s)$/, "") : w));
    return [text, words, excluded, highlighted, new Set(kept.length ? kept : objects)];
  };
  const native = Search.performObjectSearch;
  Search.performObjectSearch = (word, words) => native(word, words).flatMap((result) => {
    const [doc, name, anchor, description, , file] = result, [title, text] = name.split("\t");
    if (text === undefined) return [result];
    const begins = (part, where) => part.match(HAN) ? where.includes(part) : new RegExp(`(?<![\\p{Letter}\\p{Number}])${part}`, "iu").test(where);
    const all = (where) => [...words].every((w) => begins(w, where));
    const page = description.slice(description.indexOf(", in ") + 5);
    if (!all(`${title} ${text.replaceAll("_", " ")} ${title.replaceAll("_", " ")} ${page}`)) return [];
    const first = text.length > 200 ? `${text.slice(0, 200).replace(/\s+\S*$/, "")}…` : text;
    // Sphinx gives 15 to a page for a word of its title and 5 for one of its text: most of a title beats it, a word does not.
    const score = !all(title) ? 6 : anchor.startsWith("#term-") ? 30 : 14 + (6 * words.size) / title.split(/[\s_]+/).length;
    return [[doc, title, anchor, `${description}${first && ": "}${first}`, score, file]];
  });
  /* Sphinx also lists a term as an entry of its index, under the page's title. */
  const perform = Search._performSearch;
  Search._performSearch = (...query) => {
    const results = perform(...query), ours = new Set(results.filter((r) => r[3]).map((r) => r[0] + r[2]));
    return results.filter((r) => r[3] || !ours.has(r[0] + r[2]));
  };
})();
