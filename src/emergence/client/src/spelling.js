/* Words as they are compared in a search. */
/* The words of a text as they are compared: full-width letters, accents, case, hyphens, and what British and American spelling
   write differently (colour, judgement, modelling, analyse, dialogue) make no difference, a word half typed included. */
const SPELLINGS = [
  [/z/g, "s"],
  [/ou/g, "o"],
  [/ll/g, "l"],
  [/dgem/g, "dgm"],
  [/ogue/g, "og"],
];
export const spelled = (text) => {
  const plain = text
    .normalize("NFKD")
    .replace(/[\p{Mark}\p{Format}]/gu, "")
    .toLowerCase();
  const folded = SPELLINGS.reduce((word, [written, alike]) => word.replace(written, alike), plain);
  return folded.split(/[\s\p{Dash_Punctuation}_]+/u).filter(Boolean);
};
