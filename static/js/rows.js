// Tables whose rows can be chosen: j and k move, x chooses, s stars, b pins the baseline, c sends; what is chosen outlives a table that is drawn anew.
(() => {
  const chosen = new Set();
  const rows = () => [...document.querySelectorAll("tr[data-row]")];
  const boxOf = (row) => row.querySelector("input[type=checkbox]");
  const sender = document.querySelector("button[form=choose]");
  const sentence = sender?.textContent;

  function say() {
    if (!sender) return;
    sender.textContent = chosen.size ? `${sender.dataset.word} ${chosen.size} run${chosen.size > 1 ? "s" : ""}` : sentence;
  }

  // Chosen rows that a filter has taken out of sight are sent all the same.
  function send(form) {
    form.querySelectorAll("input[type=hidden]").forEach((input) => input.remove());
    const seen = new Set(rows().map((row) => boxOf(row).value));
    for (const value of chosen) {
      if (!seen.has(value)) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "runs", value }));
    }
  }

  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.("tr[data-row] input[type=checkbox]")) return;
    chosen[target.checked ? "add" : "delete"](target.value);
    say();
  });
  document.addEventListener("submit", ({ target }) => target.id === "choose" && send(target));

  function restore() {
    for (const row of rows()) {
      const box = boxOf(row);
      if (box.checked) chosen.add(box.value);
      box.checked = chosen.has(box.value);
    }
    say();
  }
  document.addEventListener("htmx:load", restore);
  addEventListener("pageshow", restore);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select, dialog")) return;
    const all = rows();
    const at = all.indexOf(event.target.closest?.("tr[data-row]"));
    if (event.key === "j" || event.key === "k") {
      const next = at < 0 ? all[0] : all[at + (event.key === "j" ? 1 : -1)];
      if (next) boxOf(next).focus();
    } else if (event.key === "x" && at >= 0) {
      boxOf(all[at]).click();
    } else if ((event.key === "s" || event.key === "b") && at >= 0) {
      all[at].querySelector(event.key === "s" ? ".star" : ".pin")?.click();
    } else if (event.key === "c" && chosen.size) {
      sender.click();
    } else {
      return;
    }
    event.preventDefault();
  });
})();
