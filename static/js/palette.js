// The palette and the keys of every page. Ctrl-K or Cmd-K opens the palette from anywhere, / the search of the page's own table
// where it has one, ? the keys; g and a letter follow the link that carries the letter.
(() => {
  const palette = document.getElementById("palette");
  if (!palette) return;
  const input = palette.querySelector("input[name=q]");
  const options = () => [...palette.querySelectorAll("[role=option]")];
  const list = () => document.getElementById("palette-options");
  const chosen = () => palette.querySelector("[aria-selected=true]");
  let eager = false;
  let going = 0;

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
  }

  function open() {
    for (const other of document.querySelectorAll("dialog[open]")) if (other !== palette) other.close();
    if (!palette.open) palette.showModal();
    input.select();
    window.htmx?.trigger(input, "opened");
  }

  // What was opened last is remembered here by its address alone: its name, and whether it may still be seen, are the server's to say.
  // By person: who signs in next at this browser is not told what others looked at.
  const OPENED = `gradatim-opened:${palette.dataset.user}`;
  function opened() {
    try {
      return (localStorage.getItem(OPENED) ?? "").split(" ").filter(Boolean);
    } catch {
      return [];
    }
  }
  if (/^\/[a-z]+\/[0-9a-f-]{36}\/$/.test(location.pathname)) {
    try {
      localStorage.setItem(OPENED, [...new Set([location.pathname, ...opened()])].slice(0, 12).join(" "));
    } catch {} // storage may be refused
  }
  input.addEventListener("htmx:configRequest", ({ detail }) => {
    const before = opened().filter((one) => one !== location.pathname);
    if (!input.value.trim() && before.length) detail.parameters.opened = before.join(" ");
  });

  // The options that are there may be those of fewer letters: Enter then waits for the ones that were asked for.
  const current = () => list().dataset.for === input.value.trim();

  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(at < 1 ? all.length : at) - 1]);
    else if (event.key === "PageDown") choose(all[Math.min(all.length - 1, at + 8)]);
    else if (event.key === "PageUp") choose(all[Math.max(0, at - 8)]);
    else if (event.key === "Enter" && !event.isComposing) {
      if (!current()) eager = true;
      else if (chosen()) chosen().click();
      else return;
    } else return;
    event.preventDefault();
  });
  palette.addEventListener("htmx:afterSettle", () => {
    choose(options()[0]);
    if (!eager || !current()) return;
    eager = false;
    chosen()?.click();
  });
  // No answer, or one that is no list: Enter must not wait for it.
  function unanswered() {
    eager = false;
    palette.querySelector("#palette-said").textContent = "The server does not answer. Typing asks again; Enter opens the page of the search.";
    palette.querySelector("#palette-said").className = "palette-none";
    list().replaceChildren();
    list().dataset.for = input.value.trim();
  }
  palette.addEventListener("htmx:sendError", unanswered);
  palette.addEventListener("htmx:responseError", unanswered);
  palette.addEventListener("click", ({ target }) => target.closest("button[role=option]") && palette.close());
  palette.addEventListener("close", () => (eager = false));

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-palette]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  function search() {
    const own = [...document.querySelectorAll("main input[type=search]")].find((one) => one.checkVisibility());
    if (!own) return open();
    own.focus();
    own.select();
  }

  // Whoever speaks to the machine, or shakes, can do without keys of one letter (WCAG 2.1.4); the choice stays in this browser.
  const switches = document.querySelector("[data-single-keys]");
  const kept = (value) => {
    try {
      if (value) localStorage.setItem("gradatim-keys", value);
      return localStorage.getItem("gradatim-keys");
    } catch {
      return value;
    }
  };
  const single = (value) => (document.documentElement.dataset.keys = value);
  switches.addEventListener("change", () => single(kept(switches.checked ? "on" : "off") ?? "on"));
  switches.checked = single(kept() ?? "on") === "on";

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return palette.open ? palette.close() : open();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, dialog, [contenteditable]")) return;
    if (document.documentElement.dataset.keys === "off") return event.key.length === 1 && event.stopImmediatePropagation();
    if (performance.now() < going) {
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (!link) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      return link.click();
    }
    if (event.key === "g") going = performance.now() + 1500;
    else if (event.key === "/") search();
    else if (event.key === "?") document.getElementById("keys").showModal();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
