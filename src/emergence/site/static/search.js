/* Sphinx's search, made to show figures, glossary terms and data tables, and to cut Chinese.
   Their titles and words are in Sphinx's own index, as objects (`places.PlaceDomain`): an object's name is shown up
   to the tab, the rest is only searched. */
(() => {
  "use strict";
  const HAN = /[\u3400-\u9fff]+/g;
  const WORD = /[\p{Letter}\p{Number}_]+/gu;
  const PART = /[\p{Letter}\p{Number}]+/gu;
  const HYPHENATED = new RegExp(`${PART.source}(?:[-\u2010\u2011]${PART.source})+`, "gu");
  // A page without an origin, read from a file or framed by a course, may not fetch the pages for their summaries.
  if (origin === "null") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  // Sphinx counts "page(s)" and speaks of categories; what is listed here are figures, terms and tables too.
  const { found, none } = document.currentScript.dataset;
  Object.assign(Documentation.TRANSLATIONS, {
    "Search finished, found ${resultCount} page(s) matching the search query.": found,
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.": none,
  });

  const once = (make) => {
    let made;
    return () => (made ??= make());
  };
  const objects = once(() => Object.entries(Search._index.objects).flatMap(([prefix, list]) => list.map((object) => `${prefix}.${object[4]}`)));
  // Every piece of Chinese in the index.
  const chinese = once(() => [...new Set([...Object.keys(Search._index.terms), ...objects()].flatMap((text) => text.match(HAN) ?? []))]);
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

  /* The titles and texts of the index; its words, and under them without accents; its hyphenated words under their letters. */
  const texts = once(() => [...Search._index.titles, ...objects()].map((text) => text.toLowerCase()));
  const bare = (word) => word.normalize("NFD").replace(/\p{Mark}/gu, "");
  const vocabulary = once(() => {
    const { terms, titleterms } = Search._index;
    const all = [...Object.keys(terms), ...Object.keys(titleterms), ...texts().flatMap((text) => text.match(WORD) ?? [])];
    return new Map([...all.map((word) => [bare(word), word]), ...all.map((word) => [word, word])]);
  });
  const hyphenated = once(() => new Map(texts().flatMap((text) => text.match(HYPHENATED) ?? []).map((word) => {
    const parts = word.match(PART);
    return [parts.join(""), parts];
  })));
  const holds = (word) => vocabulary().has(word) || vocabulary().has(new Stemmer().stemWord(word));

  /* A word as the book spells it: with its accents and in American English. What the book does not hold stays as it is. */
  const AMERICAN = [[/our/, "or"], [/is(?=e|ing|ation)/, "iz"], [/ys(?=e|ing)/, "yz"], [/ll(?=ed|ing|er)/, "l"], [/re(?=s?$)/, "er"],
    [/ence(?=s?$)/, "ense"], [/ogue(?=s?$)/, "og"], [/mme(?=s?$)/, "m"], [/grey/, "gray"], [/sceptic/, "skeptic"], [/artefact/, "artifact"]];
  const american = (word) => AMERICAN.map(([british, here]) => word.replace(british, here)).find((form) => form !== word && holds(form));
  const spelled = (word) => vocabulary().get(word) ?? vocabulary().get(bare(word)) ?? american(word) ?? word;

  /* The list with its longest runs of neighbors replaced by what `known` returns for their letters, if anything. */
  const replaced = (list, known) => {
    const out = [];
    for (let i = 0; i < list.length; ) {
      let n = Math.min(4, list.length - i);
      while (n > 1 && !known(list.slice(i, i + n).join(""))) n--;
      out.push(...(known(list.slice(i, i + n).join("")) ?? list.slice(i, i + 1)));
      i += n;
    }
    return out;
  };
  /* A query and what else it may mean: spelled as the book does, with words run together (GSM-8K), and with words taken apart (fewshot). */
  const spellings = (query) => {
    const list = splitQuery(query.toLowerCase()).map(spelled);
    const together = replaced(list, (word) => (/\D/.test(word) && holds(word) ? [word] : undefined));
    const apart = replaced(list, (word) => hyphenated().get(word));
    return [...new Set([query, ...[list, together, apart].map((forms) => forms.join(" "))])];
  };

  /* Words are compared by their beginnings, without the ending of a plural, so that "curves" finds "curve". */
  const parse = Search._parseQuery;
  Search._parseQuery = (query) => {
    const [text, words, excluded, highlighted, objects] = parse(query.normalize("NFKC").replace(/\p{Format}/gu, "")); // full-width letters, soft hyphens
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
  /* The results of every spelling, each page or place once, best last, as Sphinx wants them; all words of all spellings are marked.
     Sphinx also lists a term as an entry of its index, under the page's title. */
  const perform = Search._performSearch;
  Search._performSearch = (query, wanted, excluded, highlighted) => {
    const queries = spellings(query).map(Search._parseQuery), best = new Map();
    for (const result of queries.flatMap((parsed) => perform(...parsed))) {
      const [doc, , anchor, description, score] = result, key = doc + anchor, old = best.get(key);
      if (!old || (description && !old[3]) || (!description === !old[3] && score > old[4])) best.set(key, result);
    }
    for (const [, required, , marked] of queries) {
      required.forEach((word) => wanted.add(word));
      marked.forEach((word) => highlighted.add(word));
    }
    if (SPHINX_HIGHLIGHT_ENABLED) localStorage.setItem("sphinx_highlight_terms", [...highlighted].join(" "));
    return [...best.values()].sort(_orderResultsByScoreThenName);
  };
})();
