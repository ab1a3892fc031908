// What htmx draws anew keeps the keyboard's place: the same control where it is still there, otherwise the piece itself.
// htmx does so for elements with an id, and for [autofocus]; this is for all the others. What was unfolded stays so where it says
// data-kept.
(() => {
  let held = null;
  let unfolded = new Map();
  const loose = (yes) => (document.documentElement.style.overflowAnchor = yes ? "none" : "");
  const folds = () => [...document.querySelectorAll("details[data-kept]")];

  const same = (one, other) =>
    ["name", "value", "href", "aria-label"].every((key) => one.getAttribute(key) === other.getAttribute(key)) &&
    (one.matches("select, textarea") || one.textContent === other.textContent);

  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const at = document.activeElement;
    held = at && at !== document.body && target?.contains(at) ? { at, piece: target.id, top: at.getBoundingClientRect().top } : null;
    unfolded = new Map(folds().map((fold) => [fold.dataset.kept, fold.open]));
    // The new piece stands before the old one for a moment, and the focus goes there: a page that is anchored in the old one would
    // scroll by the whole piece.
    if (held) loose(true);
  });
  // Back and forward bring the whole page in the same way.
  document.addEventListener("htmx:historyCacheMissLoad", () => loose(true));
  document.addEventListener("htmx:historyRestore", () => loose(false));

  /** What has the focus where it was on the screen: an anchor that was chosen before is followed all the same. */
  function stay() {
    const now = document.activeElement;
    if (!held || now === document.body || !same(now, held.at)) return;
    window.scrollBy({ top: now.getBoundingClientRect().top - held.top, behavior: "instant" });
  }
  document.addEventListener("htmx:afterSwap", stay);

  // A piece that asks the page's own address does not lead to what a link on the page led to before.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.path === location.href) detail.path = location.pathname + location.search;
  });

  document.addEventListener("htmx:afterSettle", () => {
    stay();
    loose(false);
    for (const fold of folds()) fold.open = unfolded.get(fold.dataset.kept) ?? fold.open;
    if (!held) return;
    const { at, piece: id } = held;
    held = null;
    const piece = document.getElementById(id);
    if (at.isConnected || document.activeElement !== document.body || !piece) return;
    const again = [...piece.querySelectorAll(at.localName)].find((one) => !one.disabled && same(one, at));
    if (!again) piece.tabIndex = -1;
    (again ?? piece).focus({ preventScroll: true });
  });

  // A form that came back refused is mended where it is wrong: the first such field has the focus and stands in view, as do its words.
  // By the first frame the page's own choice ([autofocus]) is made: before that the browser would complain of another.
  const mend = () => {
    const at = document.activeElement;
    if (at !== document.body && !at.autofocus) return;
    const wrong = [...document.querySelectorAll("main [aria-invalid=true]")].find((field) => field.checkVisibility());
    wrong?.focus({ preventScroll: true });
    wrong?.scrollIntoView({ block: "center", behavior: "instant" });
  };
  document.addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => requestAnimationFrame(mend)));
})();
