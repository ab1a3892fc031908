// What htmx draws anew keeps the keyboard's place: the same control where it is still there, otherwise the piece itself.
// htmx does so for elements with an id, and for [autofocus]; this is for all the others.
(() => {
  let held = null;

  const same = (one, other) =>
    ["name", "value", "href", "aria-label"].every((key) => one.getAttribute(key) === other.getAttribute(key)) &&
    (one.matches("select, textarea") || one.textContent === other.textContent);

  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const at = document.activeElement;
    held = at && at !== document.body && target?.contains(at) ? { at, piece: target.id } : null;
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (!held) return;
    const { at, piece: id } = held;
    held = null;
    const piece = document.getElementById(id);
    if (at.isConnected || document.activeElement !== document.body || !piece) return;
    const again = [...piece.querySelectorAll(at.localName)].find((one) => same(one, at));
    if (!again) piece.tabIndex = -1;
    (again ?? piece).focus({ preventScroll: true });
  });
})();
