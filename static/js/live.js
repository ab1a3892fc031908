// Live pieces: an element with data-poll="SECONDS" and hx-trigger="poll" asks for itself again and again.
// The server stops it by answering with an element that has no data-poll. A hidden tab asks nothing; a piece inside
// [data-paused] waits. Losing the server shows one quiet line, and asking goes on.
(() => {
  const due = new WeakMap();
  const busy = new WeakSet();

  function tick() {
    if (document.hidden || !window.htmx) return;
    const now = performance.now();
    for (const element of document.querySelectorAll("[data-poll]")) {
      if (busy.has(element) || element.closest("[data-paused]")) continue;
      const every = Number(element.dataset.poll) * 1000;
      if (!due.has(element)) due.set(element, now + every);
      if (now < due.get(element)) continue;
      due.set(element, now + every);
      window.htmx.trigger(element, "poll");
    }
  }

  function connected(yes) {
    const line = document.getElementById("connection");
    if (line) line.hidden = yes;
    document.documentElement.toggleAttribute("data-stale", !yes);
  }

  setInterval(tick, 250);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const element of document.querySelectorAll("[data-poll]")) due.set(element, 0);
    tick();
  });

  // A request whose place a newer one takes is no mistake, and the console stays for what is one.
  if (window.htmx) {
    window.htmx.logger = (element, name, detail) => {
      if (name === "htmx:sendAbort" || name === "htmx:afterRequest") delete detail.error;
    };
  }

  document.addEventListener("htmx:beforeRequest", (event) => busy.add(event.detail.elt));
  document.addEventListener("htmx:afterRequest", (event) => busy.delete(event.detail.elt));
  document.addEventListener("htmx:afterOnLoad", () => connected(true));
  document.addEventListener("htmx:sendError", () => connected(false));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) connected(false);
    else if ([403, 404].includes(event.detail.xhr.status)) event.detail.elt.removeAttribute("data-poll");
  });

  // Every request that writes carries the token of the page it comes from; one that reads leaves out what is empty.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const token = document.querySelector("meta[name=csrf-token]");
    if (token && detail.verb !== "get") detail.headers["X-CSRFToken"] = token.content;
    if (detail.verb !== "get") return;
    for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name);
  });
})();
