// A point of a training loss leads to the samples of its step: [data-steps] names the runs' pages of steps, in drawing order.
document.addEventListener("chart:click", ({ target, detail }) => {
  const pages = target.closest("[data-steps]")?.dataset.steps.split(" ");
  const point = detail.find(({ customdata, data }) => customdata !== undefined && data.meta.leads);
  const page = point && pages?.[point.data.meta.color];
  if (page) location.assign(`${page}?step=${point.customdata}`);
});
