/* Begin when the reader comes near, or does anything at all. */
/* Until the reader stirs, the pictures stand: they are the same drawing, and the page is at rest sooner. A forecast has no
   picture to stand in for it and is drawn when it comes near the screen. */
const STIRRING = ["pointermove", "pointerdown", "touchstart", "keydown", "wheel", "scroll", "focusin"];
export const onStir = (begin) => {
  const stir = (event) => {
    if (event.type === "scroll" && event.target !== document) return; // the theme puts its sidebar back where it was
    STIRRING.forEach((kind) => removeEventListener(kind, stir, true));
    begin();
  };
  STIRRING.forEach((kind) => addEventListener(kind, stir, { capture: true, passive: true }));
};
/* Call `open` with each of the elements when it comes within `margin` pixels of the screen. */
export const onApproach = (elements, margin, open) => {
  const seen = new IntersectionObserver(
    (entries) =>
      entries.forEach((e) => {
        if (!e.isIntersecting) return;
        seen.unobserve(e.target);
        open(e.target).catch(() => {}); // what was opened says so itself
      }),
    { rootMargin: `${margin}px 0px` },
  );
  elements.forEach((element) => seen.observe(element));
};
