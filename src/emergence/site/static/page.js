/* Buttons of the theme whose inline handlers the page's policy does not run (see site/policy.py). */
addEventListener("DOMContentLoaded", () => {
  const actions = { print: () => print(), fullscreen: () => toggleFullScreen() };
  for (const button of document.querySelectorAll("[data-em-click]")) button.addEventListener("click", actions[button.dataset.emClick]);
  // Where a server calls a notebook JSON, a browser would show its text instead of keeping the file.
  for (const link of document.querySelectorAll(".btn-download-notebook-button")) link.download = "";
});
