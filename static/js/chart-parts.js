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
    csv: piece('[data-chart="csv"]'),
    details: piece(".chart-table"),
    table: piece(".chart-table .table-wrap"),
  };
  parts.png.hidden = parts.csv.hidden = parts.details.hidden = true;
  return parts;
}
