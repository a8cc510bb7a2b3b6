/* Hover cards: what a term, a citation or a reference leads to, beside the link itself.
   The words are in the page: in <template id="em-cards">, and for citations the entry in the list of references.
   One card at a time. It opens for a resting mouse and for the keyboard's focus, stays while the pointer is on the link
   or the card, and Escape closes it. A first tap opens it, with a link to go on; a second tap follows the link. */
(() => {
  "use strict";
  const store = document.getElementById("em-cards"), article = store?.closest("article") || store?.parentElement;
  if (!store) return;
  const OPEN = 250, CLOSE = 300, GAP = 6, EDGE = 8; // milliseconds, pixels
  const notes = document.createElement("div"), card = document.createElement("div"), words = new Map();
  notes.hidden = card.hidden = true;
  notes.append(store.content);
  card.className = "em-card"; card.id = "em-card"; card.setAttribute("role", "tooltip");
  article.append(notes, card);
  for (const note of notes.children) words.set(note.dataset.for, note);

  /* Every link that has a card is described by its words for those who listen. */
  const links = new Map();
  for (const link of article.querySelectorAll("a.internal[href]")) {
    const href = link.getAttribute("href");
    let note = words.get(href);
    if (!note && href.startsWith("#")) {
      const entry = document.getElementById(decodeURIComponent(href.slice(1)));
      if (entry?.matches(".citation")) note = entry.querySelector("p");
    }
    if (!note) continue;
    note.id ||= `em-note-${links.size}`;
    link.setAttribute("aria-describedby", note.id);
    links.set(link, note);
  }
  const linkAt = (target) => { const link = target.closest?.("a"); return link && links.has(link) ? link : null; };

  let open = null, timer = 0, tapped = false;
  const later = (what, wait) => { clearTimeout(timer); timer = setTimeout(what, wait); };
  const close = () => { clearTimeout(timer); card.hidden = true; open = null; };
  const show = (link, touched) => {
    clearTimeout(timer);
    if (open === link && !touched) return;
    open = link;
    card.replaceChildren(...[...links.get(link).childNodes].map((n) => n.cloneNode(true)));
    // A keyboard goes on with the link itself; more stops in a card would only lengthen the way through the page.
    for (const inner of card.querySelectorAll("a, [tabindex]")) inner.tabIndex = -1;
    if (touched) {
      const go = document.createElement("a");
      Object.assign(go, { className: "em-go", href: link.href, textContent: store.dataset.go });
      card.append(go);
    }
    card.hidden = false;
    place();
  };
  /* Below the line of text the link begins on, else above it, and always inside the window. */
  const place = () => {
    if (!open) return;
    const box = open.getClientRects()[0];
    if (!box || box.bottom < 0 || box.top > innerHeight) return close();
    const width = document.documentElement.clientWidth, below = box.bottom + GAP, above = box.top - GAP - card.offsetHeight;
    card.style.left = `${Math.max(EDGE, Math.min(box.left, width - card.offsetWidth - EDGE))}px`;
    card.style.top = `${below + card.offsetHeight > innerHeight && above >= 0 ? above : below}px`;
  };

  document.addEventListener("pointerover", (e) => {
    if (e.pointerType === "touch") return;
    const link = linkAt(e.target);
    if (link) later(() => show(link), open ? OPEN / 2 : OPEN);
    else if (card.contains(e.target)) clearTimeout(timer);
    else if (open && document.activeElement !== open) later(close, CLOSE);
    else if (!open) clearTimeout(timer);
  });
  document.documentElement.addEventListener("pointerleave", (e) => { if (e.pointerType !== "touch") later(close, CLOSE); });
  document.addEventListener("focusin", (e) => {
    const link = linkAt(e.target);
    if (link?.matches(":focus-visible")) show(link);
    else if (!card.contains(e.target) && link !== open) close();
  });
  document.addEventListener("focusout", (e) => { if (open && e.target === open && !card.contains(e.relatedTarget) && !open.matches(":hover")) close(); });
  document.addEventListener("keydown", (e) => { if (e.key === "Escape" && open) close(); });
  document.addEventListener("pointerdown", (e) => {
    tapped = e.pointerType === "touch";
    if (open && !card.contains(e.target) && linkAt(e.target) !== open) close();
  });
  document.addEventListener("click", (e) => {
    const link = linkAt(e.target);
    if (card.contains(e.target)) { if (e.target.closest(".em-go")) close(); return; }
    if (!link) return;
    if (tapped && open !== link) { e.preventDefault(); show(link, true); } else close();
    tapped = false;
  });
  addEventListener("scroll", () => requestAnimationFrame(place), { passive: true, capture: true });
  addEventListener("resize", place);
})();
