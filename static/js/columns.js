// The form for columns: a line is dragged to its place, and the address it leads to holds nothing empty.
(() => {
  let held = null;
  const lineOf = (event) => event.target.closest?.(".column-order > li");

  document.addEventListener("dragstart", (event) => {
    held = lineOf(event);
    if (!held) return;
    event.dataTransfer.effectAllowed = "move";
    held.classList.add("is-held");
  });
  document.addEventListener("dragover", (event) => {
    const over = held && lineOf(event);
    if (!over) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    if (over !== held) over[event.clientY > box.top + box.height / 2 ? "after" : "before"](held);
  });
  document.addEventListener("drop", (event) => held && event.preventDefault());
  document.addEventListener("dragend", () => {
    held?.classList.remove("is-held");
    held = null;
  });

  // Return in a condition shows the table: the first button of the form would move a column.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.("#columns-form input")) return;
    event.preventDefault();
    if (event.target.id === "find") return; // the metrics follow what is typed
    document.getElementById(event.target.id === "place" ? "add-column" : "show-columns").click();
  });

  document.addEventListener("submit", ({ target, submitter }) => {
    if (target.id !== "columns-form" || submitter?.id !== "show-columns") return;
    for (const field of target.elements) if (field.name && (!field.value || field.closest(".column-add"))) field.disabled = true;
  });
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll("#columns-form [name]:not(.icon-button)")) field.disabled = false;
  });
})();
