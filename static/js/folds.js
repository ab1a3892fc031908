// Long pages fold: <details class="fold"> begin folded on a phone, open where the address points into them, and all unfold for printing.
(() => {
  const folds = () => [...document.querySelectorAll("details.fold")];
  const pointed = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details.fold");
    } catch {
      return null; // half an escape: the address of nothing here
    }
  };

  if (matchMedia("(max-width: 40rem)").matches) for (const fold of folds()) fold.open = false;
  const show = () => pointed() && (pointed().open = true);
  show();
  addEventListener("hashchange", show);

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("main details:not([open])")];
    for (const one of folded) one.open = !one.classList.contains("chart-table");
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
})();
