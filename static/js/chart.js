// Charts: finds <figure class="chart" data-figure="URL">, draws each when it comes near the screen, redraws on what changes.
// data-follow="axis domain" names the parameters of the page's own address that are passed on to the figure's address.
import { Panel } from "./chart-panel.js";
import { onThemeChange } from "./chart-theme.js";

const panels = new Map();

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) panels.get(target)?.setNear(isIntersecting);
  },
  { rootMargin: "300px 0px" },
);

function within(root) {
  const found = [...root.querySelectorAll("figure.chart[data-figure]")];
  return root.matches?.("figure.chart[data-figure]") ? [root, ...found] : found;
}

function start(root) {
  for (const node of within(root)) {
    if (panels.has(node)) continue;
    panels.set(node, new Panel(node));
    nearby.observe(node);
  }
}

function stop(root) {
  for (const node of within(root)) {
    nearby.unobserve(node);
    panels.get(node)?.remove();
    panels.delete(node);
  }
}

const each = (act) => () => panels.forEach(act);

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt));
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  if (event.detail.elt.querySelectorAll) stop(event.detail.elt);
});
// The address is the state of the page: when htmx replaces it, charts and forms that carry a part of it follow.
function follow() {
  const page = new URLSearchParams(location.search);
  // Before the panels measure the room that they draw in.
  for (const grid of document.querySelectorAll(".charts[data-layout]")) grid.dataset.layout = page.get("panels") ?? grid.dataset.layout;
  panels.forEach((panel) => panel.follow());
  for (const input of document.querySelectorAll("input[data-state]")) input.value = page.get(input.dataset.state) ?? input.value;
}
for (const name of ["htmx:replacedInHistory", "htmx:pushedIntoHistory"]) document.addEventListener(name, follow);
document.addEventListener("visibilitychange", each((panel) => panel.wake()));
// What was not scrolled to is drawn for the printer, where its numbers are at hand.
addEventListener("beforeprint", each((panel) => panel.inline && !panel.payload && panel.load()));
onThemeChange(each((panel) => panel.draw()));
