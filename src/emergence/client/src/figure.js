/* The client of every figure. Page and notebook run this same script: the page mounts tabulated figures (see emergence.figure.page),
   the notebook mounts what its kernel sends. What live.js needs of it stands in `kit`. */
import { onApproach, onStir } from "./approach.js";
import { writeHash } from "./address.js";
import { Chart } from "./chart.js";
import { clone, fill, number, tag } from "./dom.js";
import { drawing, found, lost, need, opener } from "./loading.js";
import { define, open, openAll, start, views } from "./page.js";
import { applyHash, linkHere, readHash } from "./permalink.js";
import { Takeaway, copyAddress, onResize, save } from "./takeaway.js";
import { FigureView } from "./view.js";

const kit = {
  tag,
  fill,
  number,
  clone,
  save,
  copyAddress,
  writeHash,
  linkHere,
  need,
  drawing,
  lost,
  found,
  opener,
  onStir,
  onApproach,
  onResize,
  Chart,
  Takeaway,
};
globalThis.emergence = {
  ...globalThis.emergence,
  define,
  open,
  openAll,
  views,
  readHash,
  applyHash,
  FigureView,
  kit,
};
if (document.querySelector(".em-figure[data-key]")) start();
else if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
