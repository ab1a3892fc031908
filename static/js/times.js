// Moments grow older while a page is open: [data-ago] is written anew now and then, in the words of the server's filter and by
// the server's clock, which the page and every later answer tell: the browser's own may be wrong by hours.
(() => {
  const UNITS = [
    [86400, "day"],
    [3600, "h"],
    [60, "min"],
  ];
  let ahead = 0;

  // An answer's date is in whole seconds and has been on its way, so that small differences mean nothing.
  function hear(date) {
    const now = Date.parse(date) - Date.now();
    if (Math.abs(now - ahead) > 3000) ahead = now;
  }

  function words(seconds) {
    const away = Math.abs(seconds);
    if (away < 60) return seconds > -1 ? "just now" : "in a moment";
    const [close] = UNITS.find(([size]) => away >= size);
    const counted = seconds > 0 ? away : away + close / 2; // what lies ahead is rounded: a link for a week closes in 7 days
    const [unit, word] = UNITS.find(([size]) => counted >= size);
    const number = Math.floor(counted / unit);
    const said = `${number} ${word}${word === "day" && number > 1 ? "s" : ""}`;
    return seconds > 0 ? `${said} ago` : `in ${said}`;
  }

  function write() {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const seconds = (Date.now() + ahead - Date.parse(time.dateTime)) / 1000;
      if (Math.abs(seconds) > 30 * 86400) continue;
      const said = words(seconds);
      if (time.textContent !== said) time.textContent = said;
    }
  }

  // A page that Back brings from the browser's memory tells the time at which it was made, not the present.
  const [way] = performance.getEntriesByType("navigation");
  if (way?.type !== "back_forward") hear(document.querySelector("meta[name=server-time]")?.content);
  document.addEventListener("htmx:afterRequest", ({ detail }) => hear(detail.xhr?.getResponseHeader("Date")));
  setInterval(write, 20000);
  document.addEventListener("visibilitychange", write);
})();
