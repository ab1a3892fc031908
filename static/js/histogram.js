// A bar of a histogram leads to its samples: [data-samples] around a chart names their page, which knows bars by number.
document.addEventListener("chart:click", ({ target, detail: [point] }) => {
  const samples = target.closest("[data-samples]")?.dataset.samples;
  if (samples && point) location.assign(`${samples}?bar=${point.pointNumber}`);
});
