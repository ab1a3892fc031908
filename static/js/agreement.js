// A cell of the agreement's grid leads to its samples: the page's own address with the cell's stretches of percentiles.
document.addEventListener("chart:click", ({ target, detail: [point] }) => {
  const side = point?.data.meta?.side;
  if (!side || !target.closest("[data-cells]") || !point.z) return;
  const page = new URL(location.href);
  const [row, column] = point.pointNumber;
  page.searchParams.delete("page");
  for (const [name, cell] of [["a", column], ["b", row]]) {
    page.searchParams.set(`${name}_from`, (100 * cell) / side);
    page.searchParams.set(`${name}_to`, (100 * (cell + 1)) / side);
  }
  page.hash = "samples";
  location.assign(page);
});
