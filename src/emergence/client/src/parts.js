/* The live parts of a page. */
import { drawing, linkHere, need, onApproach, onStir, opener } from "./kit.js";
import { Part } from "./part.js";
import { blobs, clients, pages } from "./registry.js";

const bytes = (base64) => {
  const text = atob(base64),
    out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
  return out.buffer;
};

const mount = async (host) => {
  const { key, folder, script: file } = host.dataset,
    script = file.replace(/-[0-9a-f]+\.js$/, "");
  await Promise.all([
    drawing(),
    need(`${folder}${key}.js`, () => pages[key]),
    need(folder + file, () => clients[script]),
  ]);
  const [page, say] = pages[key];
  host.emergence = new Part(host, page, say, {
    linked: true,
    async asset(name) {
      const blob = page.assets[name];
      await need(`${folder}${blob}.js`, () => blobs[blob]);
      return bytes(blobs[blob]);
    },
    again() {
      parts.delete(host);
      open(host).catch(() => {}); // the host says so itself
    },
  });
  return host.emergence.mount();
};
export const [open, parts] = opener(mount);
/** @returns {HTMLElement[]} */
export const hosts = () =>
  [...document.querySelectorAll(".em-live-part[data-key]")].map((host) => /** @type {any} */ (host));
export const openAll = () => Promise.all(hosts().map(open));
const followHash = async (scroll, told) => {
  const link = linkHere(),
    host = link && hosts().find((h) => h.id === `fig-${link.name}`);
  if (!host) return;
  const known = parts.has(host),
    opened = await open(host).catch(() => null);
  if (known && told && opened?.onlink) await opened.guard(opened.onlink)();
  if (scroll) host.scrollIntoView();
};
export const start = () => {
  onStir(() => onApproach(hosts(), 600, open));
  followHash(true, false);
  addEventListener("hashchange", () => followHash(true, true));
};
