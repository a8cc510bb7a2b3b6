/* Buttons of the theme whose inline handlers the page's policy does not run (see site/policy.py). */
addEventListener("DOMContentLoaded", () => {
  const actions = { print: () => print(), fullscreen: () => toggleFullScreen() };
  for (const button of document.querySelectorAll("[data-em-click]")) button.addEventListener("click", actions[button.dataset.emClick]);
});
