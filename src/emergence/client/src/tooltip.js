/* What a mark says when a pointer rests on it or a finger taps it. */
import { tag } from "./dom.js";

let tip;
export const tooltip = (handler, event, item, value) => {
  tip ||= document.body.appendChild(tag("div", { class: "em-tip", role: "tooltip", hidden: true }));
  if (value == null || value === "") {
    tip.hidden = true;
    return;
  }
  tip.replaceChildren(
    ...(typeof value === "object"
      ? Object.entries(value)
          .filter(([, v]) => v !== "" && v !== "null")
          .map(([k, v]) => tag("div", {}, tag("b", {}, `${k} `), String(v)))
      : [String(value)]),
  );
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - box.width - 4))}px`;
  tip.style.top = `${event.clientY + 16 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 16}px`;
};
const hideTip = () => {
  if (tip) tip.hidden = true;
};
addEventListener("keydown", (e) => {
  if (e.key === "Escape") hideTip();
});
addEventListener("scroll", hideTip, { passive: true });
let touched = false; // a click does not say everywhere what made it
addEventListener(
  "pointerdown",
  (e) => {
    touched = e.pointerType !== "mouse";
    if (touched) hideTip();
  },
  { capture: true, passive: true },
);
/* A finger does not move over a mark before it touches it, as Vega waits for, and it is wider than a mark: a tap shows what lies under it
   or next to it. */
const REACH = [
  [0, 0],
  ...[6, 12].flatMap((r) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((k) => [r * Math.cos((k * Math.PI) / 4), r * Math.sin((k * Math.PI) / 4)]),
  ),
];
export const showTapped = (svg) => (event) => {
  if (!touched) return;
  for (const [dx, dy] of REACH) {
    const node = /** @type {any} */ (document.elementFromPoint(event.clientX + dx, event.clientY + dy));
    const item = svg.contains(node) ? [node.__data__].flat()[0] : null; // where Vega keeps what a node stands for
    if (!item?.tooltip) continue;
    tooltip(null, event, item, item.tooltip);
    return;
  }
};
