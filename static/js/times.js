// Moments grow older while a page is open: [data-ago] is written anew now and then, in the words of the server's filter.
(() => {
  const UNITS = [
    [86400, "day"],
    [3600, "h"],
    [60, "min"],
  ];

  function words(seconds) {
    const away = Math.abs(seconds);
    if (away < 60) return seconds > -1 ? "just now" : "in a moment";
    const [unit, word] = UNITS.find(([size]) => away >= size);
    const number = Math.floor(away / unit);
    const said = `${number} ${word}${word === "day" && number > 1 ? "s" : ""}`;
    return seconds > 0 ? `${said} ago` : `in ${said}`;
  }

  function write() {
    if (document.hidden) return;
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      if (Math.abs(seconds) > 30 * 86400) continue;
      const said = words(seconds);
      if (time.textContent !== said) time.textContent = said;
    }
  }

  setInterval(write, 20000);
  document.addEventListener("visibilitychange", write);
})();
