/* The address: fragments are put there as fast as browsers take them. */
/* Puts a fragment into the address. Browsers take only so many changes in some seconds (WebKit 100 in ten) and refuse the rest, with an
   error or silently: so changes that follow each other fast, and what was refused, are put there a little later, the newest alone. */
const PAUSE = 150,
  REFUSED = 1000,
  TRIES = 15;
let newest = null,
  timer = 0,
  tries = 0;
const put = () => {
  timer = 0;
  if (newest === null) return;
  const address = new URL(newest, location.href).href;
  try {
    history.replaceState(null, "", newest);
  } catch {
    /* refused */
  }
  const refused = location.href !== address;
  tries = refused ? tries + 1 : 0;
  if (!refused || tries > TRIES) newest = null;
  timer = setTimeout(put, refused ? REFUSED : PAUSE);
};
export const writeHash = (hash) => {
  newest = hash;
  tries = 0;
  if (!timer) put();
};
addEventListener("hashchange", () => {
  newest = null;
}); // the reader went elsewhere
