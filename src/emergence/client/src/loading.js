/* What comes later, and may be lost on the way. */
import { tag } from "./dom.js";

const script = /** @type {HTMLScriptElement | null} */ (document.currentScript); // none in a notebook
const loadScript = (src) =>
  new Promise((done, fail) => {
    const lost = () => {
      node.remove();
      fail(Object.assign(new Error(`${src} could not be loaded`), { src }));
    };
    const node = tag("script", { src, onload: done, onerror: lost });
    document.head.append(node);
  });
const loading = {},
  times = {};
/* The script at `src`, unless what it brings is `there` already. One that was lost, or brought something else, is asked for again by the
   next call, under an address of its own, so that no cache answers with the loss. */
export const need = (src, there) => {
  if (there()) return Promise.resolve();
  if (loading[src]) return loading[src];
  const address = new URL(src, document.baseURI);
  times[src] = (times[src] ?? 0) + 1;
  if (times[src] > 1) address.searchParams.set("again", String(times[src]));
  const arrived = loadScript(address.href).then(() => {
    if (!there()) throw new Error(`${src} does not hold what it should`);
  });
  loading[src] = arrived.finally(() => {
    delete loading[src];
  });
  return loading[src];
};
export const drawing = () =>
  globalThis.vega ? Promise.resolve() : need(new URL(script.dataset.vega, script.src).href, () => globalThis.vega);
/* The words for what is lost stand in the page, since those of a figure come with the figure. */
const pageWords = JSON.parse(script?.dataset.words ?? "{}");

/* Did the server answer that it has no such file? Then the site was published anew, under other names, and only a new page helps. */
const isGone = async (src) => {
  try {
    const answer = await fetch(src, { method: "HEAD", cache: "no-store" });
    return [404, 410].includes(answer.status);
  } catch {
    return false;
  }
};
const waiting = new WeakMap();
/* Takes away what `lost` put there. */
export const found = (host) => waiting.get(host)?.();
/* Says in `host` that something was lost, in one sentence; its picture stands. With `again` it is tried again, once: by a button, when the
   reader comes back to the host, and when the network does. */
export const lost = (host, say, sentence, error, again) => {
  console.error(error);
  found(host);
  host.classList.remove("em-drawn");
  host.classList.add("em-failed");
  let status = host.querySelector(".em-status");
  const own = !status;
  if (own) {
    status = tag("p", {
      class: "em-status",
      role: "status",
      "aria-live": "polite",
    });
    (host.querySelector(".em-room") ?? host).append(status);
  }
  const retry = () => {
    found(host);
    // In a tunnel the pictures were lost too.
    for (const picture of host.querySelectorAll("img"))
      if (picture.complete && picture.naturalWidth === 0) picture.src = picture.getAttribute("src");
    again();
  };
  const press = () => {
    host.tabIndex = -1; // the button goes, the focus stays near
    host.focus({ preventScroll: true });
    retry();
  };
  const row = tag(
    "div",
    { class: "em-actions em-again" },
    tag("button", { type: "button", onclick: press }, say.retry ?? ""),
  );
  let away = false;
  const watch = new IntersectionObserver((entries) => {
    for (const { isIntersecting } of entries) {
      if (isIntersecting && away) return retry();
      away ||= !isIntersecting;
    }
    return undefined;
  });
  waiting.set(host, () => {
    waiting.delete(host);
    watch.disconnect();
    removeEventListener("online", retry);
    row.remove();
    if (own) status.remove();
    else status.textContent = "";
    host.classList.remove("em-failed");
  });
  status.textContent = sentence ?? "";
  if (error.src)
    isGone(error.src).then((gone) => {
      if (gone && row.isConnected) status.textContent = say.gone;
    });
  if (!again) return;
  status.after(row);
  watch.observe(host);
  addEventListener("online", retry);
};
/**
 * From a function (host) → promise makes one that begins once for each host; what failed begins anew when it is called again.
 * @template T
 * @param {(host: HTMLElement) => Promise<T>} begin
 * @returns {[(host: HTMLElement) => Promise<T>, Map<HTMLElement, Promise<T>>]} the function, and what it opened
 */
export const opener = (begin) => {
  const opened = new Map();
  const open = (host) => {
    if (opened.has(host)) return opened.get(host);
    found(host);
    const opening = begin(host);
    opened.set(host, opening);
    opening.catch((error) => {
      opened.delete(host);
      lost(host, pageWords, pageWords.lost, error, () => open(host).catch(() => {}));
    });
    return opening;
  };
  return [open, opened];
};
