/* The figures of a page: each is opened when it is needed, in the state its link asks for. */
import { onStir, onApproach } from "./approach.js";
import { need, drawing, opener } from "./loading.js";
import { linkHere, applyHash } from "./permalink.js";
import { tabulated } from "./tabulated.js";
import { FigureView } from "./view.js";

const pages = {};
export const define = (key, words, page) => {
  pages[key] = [page, words];
};
const inputsOf = (host) => [...host.querySelectorAll(":scope > .em-controls :is(select, input)")];
/* The inputs of a figure whose script is lost say again what its picture shows. */
const putBack = (host) => {
  for (const input of inputsOf(host)) {
    if (input.type === "range") input.value = input.defaultValue;
    else input.selectedIndex = [...input.options].findIndex((option) => option.defaultSelected);
  }
};
const mount = async (host) => {
  const { key, src } = host.dataset;
  drawing().catch(() => {}); // on its way beside the other; the chart asks for it again
  try {
    await need(src, () => pages[key]);
  } catch (error) {
    putBack(host);
    throw error;
  }
  const [page, words] = pages[key],
    made = new FigureView(host, tabulated(page, words)),
    link = linkHere();
  if (link?.name === page.name) {
    const linked = applyHash(page.controls, link.wanted);
    made.state = made.state.map((v, i) => (v === page.controls[i].default ? linked[i] : v)); // what the reader chose meanwhile counts more
    made.sync();
  }
  host.emergence = made;
  await made.redraw();
  return made;
};
export const [open, views] = opener(mount);
/** @returns {HTMLElement[]} */
const hosts = () => [...document.querySelectorAll(".em-figure[data-key]")].map((host) => /** @type {any} */ (host));
export const openAll = () => Promise.all(hosts().map(open));
const followHash = async (scroll) => {
  const link = linkHere();
  const host = link && hosts().find((h) => h.id === `fig-${link.name}`);
  if (!host) return;
  const known = views.has(host),
    shown = await open(host).catch(() => null); // the figure says so itself
  if (known && shown) {
    shown.state = applyHash(shown.model.controls, link.wanted);
    shown.sync();
    shown.predict?.reset("quiet");
    await shown.redraw();
  }
  if (scroll) host.scrollIntoView();
};

export const start = () => {
  onStir(() => onApproach(hosts(), 600, open));
  onApproach(
    hosts().filter((h) => h.querySelector(".em-predict")),
    0,
    open,
  );
  for (const host of hosts()) {
    host.classList.add("em-alive");
    for (const kind of ["input", "change"])
      host.querySelector(":scope > .em-controls").addEventListener(kind, () => open(host).catch(() => {}));
  }
  followHash(true);
  addEventListener("hashchange", () => followHash(true));
};
