/* Permalinks: #fig-name?control=value&… */
const decode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  } // not a link of ours
};
const END = /[.,;:!?)\]}>'"’”»*_]$/; // what stands around a link in a text and is taken for its end
/* What the value written as `raw` may have been before programs changed it; as it stands comes last and counts most. We write no "+":
   it is one decoded, or a space. */
const readings = (raw, last) => {
  const plain = decode(raw);
  if (plain === null) return [];
  const forms = new Set([plain, decode(raw.replaceAll("+", " "))]);
  for (const form of [...forms]) if (form.includes("%")) forms.add(decode(form) ?? form);
  if (last) for (const form of forms) if (form.length > 1) forms.add(form.replace(END, "")); // a set goes on with what is added
  return [...forms].reverse();
};
/* Only a figure of this page, its own controls and their listed values are taken; anything else changes nothing. Links are read as mail and
   chat programs leave them: encoded again, with &amp; for &, with words, marks and parameters behind. That can be told apart, for we write
   no "?", "&" or "=" in a name or a value. */
export const readHash = (hash) => {
  if (!hash?.startsWith("#")) return null;
  let text = hash
    .replace(/:~:.*$/s, "")
    .replace(/#$/, "")
    .replace(/^(#|%23)+/i, "");
  for (let k = 0; k < 3 && text.includes("%") && !/[?&=]/.test(text); k++)
    text = (decode(text) ?? "").replace(/^#/, "");
  const match = /^fig-([a-z0-9-]{1,80})(?:[?&]([^#]{0,2000})|[^\p{L}\p{N}\s#<]*)$/u.exec(text);
  if (!match) return null;
  const several = (part) => (part.split("=").length > 2 ? part.split(/%26/i) : [part]);
  const pairs = (match[2] ?? "")
    .split(/[?&](?:amp;)*/)
    .flatMap(several)
    .map((part) => [part, part.indexOf("=")])
    .filter(([, cut]) => cut > 0);
  const wanted = pairs.flatMap(([part, cut], i) => {
    const name = decode(part.slice(0, cut));
    return name === null ? [] : readings(part.slice(cut + 1), i === pairs.length - 1).map((value) => [name, value]);
  });
  return { name: match[1], wanted };
};
/* The link this page was opened by. A program that encodes the "#" behind a query makes it a part of the query. */
export const linkHere = () => readHash(location.hash || location.search.replace(/^.*?%23(?=fig-)/i, "#"));
export const applyHash = (controls, wanted) => {
  const state = controls.map((c) => c.default);
  for (const [name, value] of wanted) {
    const i = controls.findIndex((c) => c.name === name);
    if (i < 0) continue;
    const k = controls[i].options.findIndex((o) => String(o.value) === value);
    if (k >= 0) state[i] = k;
  }
  return state;
};
