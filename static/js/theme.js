// Loaded in the head, before the first paint: the chosen theme, if any, goes on the root element.
// Without a choice the system decides (color-scheme: light dark).
(() => {
  const KEY = "gradatim-theme";
  const ORDER = ["system", "light", "dark"];
  const root = document.documentElement;
  const chosen = () => {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system";
    }
  };

  function apply(theme) {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.dataset.state = theme;
      button.setAttribute("aria-label", `Theme: ${theme}. Change it.`);
      button.title = `Theme: ${theme}`;
    }
  }

  document.addEventListener("click", (event) => {
    const named = event.target.closest("[data-theme-set]")?.dataset.themeSet;
    if (!named && !event.target.closest("[data-theme-toggle]")) return;
    const next = named ?? ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, next);
    } catch {
      // Storage may be refused (private windows): the choice then lasts until the page is left.
    }
    apply(next);
  });
  window.addEventListener("storage", (event) => event.key === KEY && apply(chosen()));
  document.addEventListener("DOMContentLoaded", () => apply(chosen()));
  apply(chosen());
})();
