/* Where the script of the figures is lost, they are what they are without scripts: pictures, also those that would ask for a forecast first. */
addEventListener("load", () => {
  if (globalThis.emergence) return;
  for (const figure of document.querySelectorAll(".em-figure[data-key]")) figure.classList.add("em-failed");
});
/* What the theme's own handlers cannot do: its inline ones are not run by the page's policy (see site/policy.py). */
addEventListener("DOMContentLoaded", () => {
  const actions = { print: () => print(), fullscreen: () => toggleFullScreen() };
  for (const button of document.querySelectorAll("[data-em-click]")) button.addEventListener("click", actions[button.dataset.emClick]);
  // Where a server calls a notebook JSON, a browser would show its text instead of keeping the file.
  for (const link of document.querySelectorAll(".btn-download-notebook-button")) link.download = "";
  // In a frame without the right to submit forms Enter would do nothing; to go to an address is allowed there too.
  for (const form of document.querySelectorAll("form.bd-search")) {
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      location.assign(`${form.action.split("#")[0].split("?")[0]}?${new URLSearchParams(new FormData(form))}`);
    });
  }
});
