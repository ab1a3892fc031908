// Small manners of every page: dialogs, copying, menus that close, toasts that go, tabs in view, the log that follows.
(() => {
  const on = (name, selector, act) =>
    document.addEventListener(name, (event) => {
      const target = event.target.closest?.(selector);
      if (target) act(target, event);
    });

  on("click", "[data-dialog]", (button) => document.getElementById(button.dataset.dialog)?.showModal());
  // A link among these leads back where there is nothing to close.
  on("click", "[data-close]", (button, event) => {
    if (button.localName === "a" && button.closest("dialog")) event.preventDefault();
    button.closest("dialog, .toast")?.[button.closest("dialog") ? "close" : "remove"]();
  });
  // What went well is said for a while, and longer to whoever is at it; what went wrong stays until it is dismissed.
  const leave = (toast) => setTimeout(() => (toast.matches(":hover, :focus-within") ? leave(toast) : toast.remove()), 10000);
  const letGo = () => {
    for (const toast of document.querySelectorAll(".toast.success:not([data-leaving])")) {
      toast.dataset.leaving = "";
      leave(toast);
    }
  };
  document.addEventListener("DOMContentLoaded", letGo);
  document.addEventListener("htmx:afterSettle", letGo);

  on("click", "dialog", (dialog, event) => event.target === dialog && dialog.close());

  on("click", "[data-copy]", async (button) => {
    const source = document.getElementById(button.dataset.copy);
    const text = button.dataset.copyText ?? ("value" in source ? source.value : source.textContent);
    const word = button.dataset.word ?? (button.dataset.word = button.textContent);
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      if (source) window.getSelection().selectAllChildren(source);
      button.textContent = "Press Ctrl-C";
    }
    setTimeout(() => (button.textContent = word), 1600);
  });

  // An open menu closes on Escape and when the focus or the pointer goes elsewhere.
  const menus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      for (const menu of menus()) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      const search = document.querySelector("input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
    }
  });

  // Long texts are clamped; the button says whether there is more.
  on("click", "[data-expand]", (button) => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Show less" : "Show all";
    document.getElementById(button.getAttribute("aria-controls"))?.classList.toggle("is-open", open);
  });

  // What a form is answered with begins where it says, not where a link on this page led to before.
  on("submit", "form[method=post]:not([action])", () => {
    if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  });

  // A selection that changes sends its form, where the form asks for it (the submit button stays for those without).
  on("change", "form[data-autosubmit] select", (select) => select.form.requestSubmit());

  // What the builder sent to be saved was taken, once a saved version is shown.
  if (document.querySelector("[data-saved-curriculum]")) {
    try {
      for (const key of Object.keys(sessionStorage)) {
        if (key.startsWith("builder:") && JSON.parse(sessionStorage.getItem(key))?.sent) sessionStorage.removeItem(key);
      }
    } catch {} // storage may be refused
  }

  // What was not saved, and what was looked at, is no business of whoever signs in next.
  on("submit", "[data-sign-out]", () => {
    for (const [where, what] of [["sessionStorage", "builder:"], ["localStorage", "gradatim-opened"]]) {
      try {
        for (const key of Object.keys(window[where])) if (key.startsWith(what)) window[where].removeItem(key);
      } catch {} // storage may be refused
    }
  });

  // The log: new lines keep the end in view while it follows; pausing stops both.
  const log = () => document.querySelector("[data-log]");
  const toEnd = () => log() && (log().scrollTop = log().scrollHeight);
  on("click", "[data-log-toggle]", (button) => {
    const panel = button.closest("[data-log-panel]");
    const paused = panel.toggleAttribute("data-paused");
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? "Follow" : "Pause";
    if (!paused) toEnd();
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.closest?.("[data-log-panel]:not([data-paused])")) toEnd();
  });
  document.addEventListener("DOMContentLoaded", () => {
    toEnd();
    // On a narrow screen the tabs scroll: the current one is brought into view.
    const tabs = document.querySelector(".tabs");
    const current = tabs?.querySelector("[aria-current]");
    if (current) tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
  });
})();
