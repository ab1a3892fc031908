// The pieces of a panel's HTML, and what a failed answer says.

/** Why an answer is not a figure, in words. */
export async function reasonOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  return (problem.detail ?? `the server answered ${answer.status}`).replace(/\.$/, "");
}

/** The pieces of templates/ui/chart.html; what only a drawn figure needs stays hidden until there is one. */
export function partsOf(node) {
  const piece = (selector) => node.querySelector(selector);
  const parts = {
    reading: piece(".chart-reading"),
    state: piece(".chart-state"),
    plot: piece(".chart-plot"),
    note: piece(".chart-note"),
    png: piece('[data-chart="png"]'),
    svg: piece('[data-chart="svg"]'),
    csv: piece('[data-chart="csv"]'),
    details: piece(".chart-table"),
    table: piece(".chart-table .table-wrap"),
  };
  bare(parts, true);
  return parts;
}

/** Without a figure there is nothing to take away. */
export function bare(parts, yes) {
  for (const part of [parts.png, parts.svg, parts.csv, parts.details]) part.hidden = yes;
}

/** A bound of an axis in the unit that the server knows: Plotly gives logarithms of logarithmic axes and texts of dates. */
export function bound(value, axis) {
  if (axis?.type === "log") return 10 ** value;
  return typeof value === "string" ? Date.parse(`${value.replace(" ", "T")}Z`) : value;
}
