// Colours of figures. The server sends none: a trace says meta.color = n, here it gets the page's n-th chart colour.

const PALETTE = 8;
const DASHES = ["solid", "dash", "dot", "dashdot"];
// Pixels that names may add to a chart; more of them scroll
const MOST_ROOM = 240;
// Pixels a letter of a name takes in the mean, and the sign before it with what is left free
const LETTER = 6;
const SIGN = 48;
let probe;

/** The computed colour of a CSS variable on the probe, which is needed because light-dark() is only resolved on a real property. */
function cssColor(name, fallback) {
  probe.style.color = `var(${name}, ${fallback})`;
  return getComputedStyle(probe).color;
}

function withAlpha(color, alpha) {
  const parts = color.match(/[\d.]+/g);
  return color.startsWith("rgb") && parts ? `rgba(${parts.slice(0, 3).join(",")},${alpha})` : color;
}

/** What the page looks like now, or would in the `scheme` "light" or "dark". Fallbacks are Okabe and Ito's colours for the colour-blind. */
export function readTheme(scheme = "") {
  probe ??= document.body.appendChild(Object.assign(document.createElement("span"), { hidden: true }));
  probe.style.colorScheme = scheme;
  const fallbacks = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#e69f00", "#6b6b6b"];
  return {
    lines: fallbacks.map((color, i) => cssColor(`--chart-${i + 1}`, color)),
    text: cssColor("--text", "CanvasText"),
    muted: cssColor("--text-muted", "GrayText"),
    grid: cssColor("--border", "#8884"),
    surface: cssColor("--surface", "Canvas"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

/** A name in lines that fit the room of a legend: Plotly cuts what is longer than the chart is wide. */
export function folded(name, width) {
  const most = Math.max(12, Math.floor((width - SIGN) / LETTER));
  if (!name || name.length <= most) return name;
  return name.replace(new RegExp(`(.{1,${most}})(?:\\s+|$)`, "g"), "$1<br>").replace(/<br>$/, "");
}

/** A copy of a trace in the theme's colours. meta.color picks the colour, meta.quiet draws it faint. */
function themedTrace(trace, theme, width) {
  const index = trace.meta?.color ?? 0;
  const color = theme.lines[index % PALETTE];
  const soft = withAlpha(color, trace.meta?.quiet ? 0.35 : 1);
  const thick = trace.x?.length > 300 ? 1.25 : 2;
  const themed = { ...trace, line: { width: thick, ...trace.line, color: soft } };
  if (trace.name) themed.name = folded(trace.name, width);
  if (!trace.line?.dash && index >= PALETTE) themed.line.dash = DASHES[Math.floor(index / PALETTE) % DASHES.length];
  // Markers that touch each other say nothing: dash and colour still tell the lines apart.
  if (trace.mode === "lines+markers" && trace.x.length > 60) themed.mode = "lines";
  if (trace.mode?.includes("markers") || trace.type === "bar") themed.marker = { ...trace.marker, color: soft };
  if (trace.stackgroup || (trace.fill && trace.fill !== "none")) {
    themed.fillcolor = withAlpha(color, trace.meta?.band ? 0.18 : 0.55);
  }
  if (trace.type && trace.type !== "scatter" && trace.type !== "scattergl") delete themed.line;
  if (trace.type === "heatmap") {
    // From the ground to the colour: more is darker on a light page and brighter on a dark one.
    themed.colorscale = [[0, withAlpha(color, 0.12)], [1, color]];
    themed.colorbar = { outlinewidth: 0, ...trace.colorbar, tickfont: { color: theme.muted } };
  }
  return themed;
}

function themedAxis(axis, theme) {
  return {
    automargin: true,
    hoverformat: ",.4~f",
    ...axis,
    gridcolor: theme.grid,
    linecolor: theme.grid,
    zerolinecolor: theme.grid,
    tickfont: { ...axis?.tickfont, color: theme.muted },
    title: { standoff: 10, ...axis?.title },
  };
}

/** Layout for a panel `width` pixels wide; `revision` keeps zoom and hidden traces for as long as it stays the same. */
export function themed(figure, theme, { width, revision }) {
  const source = figure.layout ?? {};
  const layout = {
    ...source,
    title: undefined,
    template: undefined,
    autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { ...source.font, family: theme.font, size: width < 480 ? 11 : 12, color: theme.text },
    margin: { l: width < 480 ? 44 : 56, r: 12, t: source.annotations?.length ? 26 : 12, b: 40, ...source.margin },
    // Along the lower edge, whose room is kept beside that of the axis: a place that depends on the plot's height would
    // change with the room it takes, and Plotly would draw again and again.
    legend: { orientation: "h", x: 0, xanchor: "left", y: 0, yref: "container", yanchor: "bottom", ...source.legend },
    hoverlabel: { bgcolor: theme.surface, bordercolor: theme.grid, font: { color: theme.text, family: theme.font } },
    // A finger that drags scrolls the page.
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    uirevision: revision,
    shapes: (source.shapes ?? []).map((shape) => ({ ...shape, line: { width: 1, dash: "dot", ...shape.line, color: theme.muted } })),
    annotations: (source.annotations ?? []).map((note) => ({ ...note, font: { size: 12, ...note.font, color: note.meta === "title" ? theme.text : theme.muted } })),
  };
  const axes = Object.keys(source).filter((name) => /^[xy]axis\d*$/.test(name));
  for (const name of new Set(["xaxis", "yaxis", ...axes])) layout[name] = themedAxis(source[name], theme);
  return { data: (figure.data ?? []).map((trace) => themedTrace(trace, theme, width)), layout };
}

/** Pixels that the names under a chart `width` pixels wide need beyond the quarter of its height that they have anyway. */
export function roomForNames({ data = [], layout = {} }, width, height) {
  const names = data.filter((trace) => trace.name && trace.showlegend !== false).map((trace) => trace.name);
  if (layout.showlegend === false || layout.height || names.length < 2) return 0;
  const longest = Math.max(...names.map((name) => name.length)) * LETTER + SIGN;
  const each = Math.max(1, Math.floor(width / longest));
  const lines = each > 1 ? Math.ceil(names.length / each) : names.reduce((sum, name) => sum + folded(name, width).split("<br>").length, 0);
  return Math.min(MOST_ROOM, Math.max(0, lines * 19 - height / 4));
}

/** Calls back when the page's theme changes, by its own switch or by the system's. */
export function onThemeChange(callback) {
  const watched = { attributes: true, attributeFilter: ["data-theme", "class", "style"] };
  new MutationObserver(callback).observe(document.documentElement, watched);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
}
