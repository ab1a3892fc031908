// A figure's table twin, and what can be taken away from a figure: its numbers as CSV, its picture as PNG or SVG.

function format(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? value.toLocaleString("en-GB") : String(Number(value.toPrecision(6)));
}

/** Puts the columns and rows of a payload's table into `frame`. */
export function fillTable(frame, { columns = [], rows = [] } = {}) {
  const row = (cells, tag) => {
    const tr = document.createElement("tr");
    for (const cell of cells) {
      const node = tr.appendChild(document.createElement(tag));
      node.textContent = format(cell);
      if (tag === "th") node.scope = "col";
      if (typeof cell === "number") node.className = "n";
    }
    return tr;
  };
  const head = document.createElement("thead");
  const body = document.createElement("tbody");
  head.append(row(columns, "th"));
  body.append(...rows.map((cells) => row(cells, "td")));
  const table = document.createElement("table");
  table.append(head, body);
  frame.replaceChildren(table);
}

/** One CSV cell. Text that a spreadsheet would run as a formula is made harmless by an apostrophe. */
function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv({ columns = [], rows = [] } = {}) {
  return [columns, ...rows].map((cells) => cells.map(cell).join(",")).join("\r\n") + "\r\n";
}

export function saveCsv(table, name) {
  const url = URL.createObjectURL(new Blob([toCsv(table)], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `${name}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** The picture as it stands, zoom and hidden lines included, under its title: "png" or "svg". It is for paper: `figure` comes in the
 *  colours of a light page, whatever the page's own are, and `background` is its ground. */
export function savePicture(plot, figure, format, { name, title, background }) {
  const width = Math.max(plot.clientWidth, 640);
  const layout = {
    ...figure.layout,
    title: { text: title, x: 0.01, xanchor: "left", font: { size: 15 } },
    margin: { ...figure.layout.margin, t: 48 },
    paper_bgcolor: background,
  };
  for (const axis of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const { range, autorange } = plot.layout[axis] ?? {};
    layout[axis] = { ...layout[axis], range, autorange };
  }
  const data = figure.data.map((trace, i) => ({ ...trace, visible: plot.data[i]?.visible }));
  return window.Plotly.downloadImage({ data, layout }, { format, width, height: plot.clientHeight + 36, scale: format === "png" ? 2 : 1, filename: name });
}
