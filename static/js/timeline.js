// The curriculum on a line of tokens: phases, their streams' shares with key-frames, and the rate. The server draws the lanes at
// every look of the builder; here are the ways to a phase's fields, and the borders of phases, which are dragged or moved by keys.
// The fields of the budgets are the truth: a border writes into them and says so ("input"), so that undo and preview follow.
import { clamp, made, typed } from "./drawing.js";

const form = document.getElementById("builder");
const node = document.getElementById("timeline");
const stage = node.querySelector(".timeline-stage");
const ways = node.querySelector(".timeline-phases");
const handles = node.querySelector(".timeline-borders");
const [mixture, rates] = ["mixture", "rates"].map((name) => node.querySelector(`svg.${name}`));
const keys = node.querySelector(".stream-keys"); // the first list: those of the streams
const list = node.querySelector(".timeline-words");
const state = node.querySelector(".timeline-state");
const LEAST = 100; // a border moves in steps of at most a hundredth of the whole
const MOST = Number.MAX_SAFE_INTEGER; // tokens of a budget, as gradatim.specs.Whole

let budgets = []; // tokens by phase, as they are drawn
let names = [];
let held = null; // {total, width, off, from} while a border is dragged: the scale stays as it was

const sum = (values) => values.reduce((total, value) => total + value, 0);
const start = (k) => sum(budgets.slice(0, k));
const field = (k) => form.elements[`phases-${k}-tokens`];
const count = (value) => value.toLocaleString("en-US");
/** What stands in a budget's field by now, which may be later than what was looked at. */
const standing = (k) => Number(field(k)?.value.replace(/[ ,_]/g, ""));

/** 1, 2 or 5 times a power of ten. */
function step() {
  const most = Math.max(1, sum(budgets) / LEAST), power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((times) => times * power).find((nice) => nice <= most);
}

function show(found) {
  node.classList.toggle("stale", !found);
  state.hidden = Boolean(found);
  if (!found) return;
  budgets = found.phases.map(({ tokens }, k) => (Number.isSafeInteger(standing(k)) && standing(k) > 0 ? standing(k) : tokens));
  names = found.phases.map((phase) => phase.name);
  mixture.replaceChildren();
  for (const { color, path } of found.bands) made("path", { d: path, class: `c${color}` }, mixture);
  rates.replaceChildren();
  made("polyline", { points: found.rates.points }, rates);
  for (const svg of [mixture, rates]) lines(svg);
  for (const place of found.frames) made("line", { ...across(mixture, place), class: "key-frame" }, mixture);
  mixture.setAttribute("aria-label", `Planned mixture. ${found.mixture}`);
  rates.setAttribute("aria-label", `Learning rate, up to ${found.rates.most}. ${found.rates.said}`);
  node.querySelector(".most").textContent = `up to ${found.rates.most}`;
  keys.replaceChildren(...found.bands.map(key));
  node.querySelector(".timeline-frames").hidden = !found.frames.length;
  const at = list.contains(document.activeElement) && document.activeElement.dataset.phase;
  list.innerHTML = found.html;
  if (at) list.querySelector(`[data-phase="${at}"]`)?.focus();
  place();
}

function across(svg, place) {
  const { width, height } = svg.viewBox.baseVal;
  return { x1: place * width, x2: place * width, y1: 0, y2: height };
}

function lines(svg) {
  const total = sum(budgets);
  for (let k = 1; k < budgets.length; k += 1) made("line", across(svg, start(k) / total), svg);
}

function key({ name, color }) {
  const item = document.createElement("li");
  const swatch = Object.assign(document.createElement("span"), { className: `swatch c${color}` });
  swatch.setAttribute("aria-hidden", "true");
  item.append(swatch, name);
  return item;
}

/** As many nodes as there are phases: those that are there stay, with the focus. */
function fill(parent, make) {
  while (parent.childElementCount > budgets.length) parent.lastElementChild.remove();
  while (parent.childElementCount < budgets.length) parent.append(make(parent.childElementCount));
}

/** Ways and borders where the budgets put them; while one is dragged the scale stays as it was. */
function place() {
  const total = held?.total ?? sum(budgets);
  for (const svg of [mixture, rates]) svg.style.width = `${(100 * sum(budgets)) / total}%`;
  fill(ways, way);
  fill(handles, border);
  budgets.forEach((tokens, k) => {
    const link = ways.children[k], dot = handles.children[k], end = start(k + 1);
    link.style.left = `${(100 * start(k)) / total}%`;
    link.style.width = `${(100 * tokens) / total}%`;
    link.querySelector("b").textContent = names[k];
    link.querySelector("span").textContent = count(tokens);
    link.title = `${names[k]}: ${count(tokens)} tokens. To its fields`;
    link.setAttribute("aria-label", `Phase ${k + 1}, ${names[k]}: ${count(tokens)} tokens. To its fields`);
    dot.style.left = `${(100 * end) / total}%`;
    dot.setAttribute("aria-label", `End of ${names[k]}`);
    dot.setAttribute("aria-valuemin", start(k) + 1);
    dot.setAttribute("aria-valuemax", k + 1 < budgets.length ? start(k + 2) - 1 : MOST);
    dot.setAttribute("aria-valuenow", end);
    dot.setAttribute("aria-valuetext", words(k));
    dot.title = words(k);
  });
}

function words(k) {
  const next = k + 1 < budgets.length ? `, ${names[k + 1]} ${count(budgets[k + 1])}` : "";
  return `${names[k]} ${count(budgets[k])} tokens${next}`;
}

function way(k) {
  const link = Object.assign(document.createElement("a"), { href: `#phase-${k}` });
  link.dataset.phase = k;
  link.append(Object.assign(document.createElement("i"), { textContent: k + 1 }), document.createElement("b"), document.createElement("span"));
  return link;
}

function border(k) {
  const dot = document.createElement("div");
  dot.tabIndex = 0;
  dot.setAttribute("role", "slider");
  dot.addEventListener("keydown", (event) => {
    const far = (event.shiftKey ? 10 : 1) * step();
    const by = { ArrowLeft: -far, ArrowDown: -far, ArrowRight: far, ArrowUp: far, PageDown: -10 * step(), PageUp: 10 * step() }[event.key];
    // Home and End leave a step to the phase that gives; after the last phase there is no end.
    const least = Math.min(start(k) + step(), start(k + 1)), most = k + 1 < budgets.length && Math.max(start(k + 2) - step(), start(k + 1));
    const end = by ? start(k + 1) + by : { Home: least, End: most }[event.key];
    if (!end) return;
    event.preventDefault();
    move(k, end);
  });
  dot.addEventListener("pointerdown", (event) => {
    if (event.button || node.classList.contains("stale")) return;
    dot.setPointerCapture(event.pointerId);
    dot.focus();
    held = { total: sum(budgets), width: stage.getBoundingClientRect().width, off: event.clientX, from: start(k + 1) };
    event.preventDefault();
  });
  dot.addEventListener("pointermove", (event) => {
    if (held && dot.hasPointerCapture(event.pointerId)) move(k, held.from + ((event.clientX - held.off) / held.width) * held.total);
  });
  for (const name of ["pointerup", "pointercancel"]) {
    dot.addEventListener(name, () => {
      if (!held) return;
      held = null;
      place();
      form.dispatchEvent(new Event("change", { bubbles: true })); // a look at what was let go of
    });
  }
  return dot;
}

/** The end of a phase to a number of tokens: the next one takes what it leaves; after the last one there is none, and the whole grows. */
function move(k, tokens) {
  const every = step(), least = start(k) + 1, next = k + 1 < budgets.length;
  const end = clamp(Math.round(tokens / every) * every, least, next ? start(k + 2) - 1 : MOST);
  const by = end - start(k + 1);
  if (!by || !field(k) || (next && !field(k + 1)) || node.classList.contains("stale")) return;
  budgets[k] += by;
  if (next) budgets[k + 1] -= by;
  place();
  typed(field(k), String(budgets[k]));
  if (next) typed(field(k + 1), String(budgets[k + 1]));
}

node.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-phase]");
  const name = link && form.elements[`phases-${link.dataset.phase}-name`];
  if (!name) return;
  event.preventDefault();
  name.closest("fieldset.phase").scrollIntoView({ block: "start" });
  name.focus({ preventScroll: true });
});
form.addEventListener("builder:previewed", ({ detail }) => show(detail.timeline));
node.hidden = false;
