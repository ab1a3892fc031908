// Curves that are drawn: an editor over each text field of points [[place, percentile], ...]. The text is the truth: the editor
// writes into it and says so ("input"), and follows what is typed there. Without script the text is all there is.
import { clamp, made, round, typed, under } from "./drawing.js";

const LEFT = 34, TOP = 8, WIDTH = 296, HEIGHT = 160;
const STEP = { place: 0.01, percentile: 1 };
const x = (place) => LEFT + WIDTH * place;
const y = (percentile) => TOP + HEIGHT * (1 - percentile / 100);

/** The points of a text; null where it holds no curve (yet). */
function read(text) {
  try {
    const points = JSON.parse(text);
    const pair = (point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
    if (!Array.isArray(points) || points.length < 2 || !points.every(pair)) return null;
    const inside = ([place, percentile]) => place >= 0 && place <= 1 && percentile >= 0 && percentile <= 100;
    const rising = points.every(([place], k) => k === 0 || points[k - 1][0] <= place);
    return rising && points.every(inside) ? points : null;
  } catch {
    return null;
  }
}

class Curve {
  constructor(node, input) {
    this.input = input;
    this.svg = node.querySelector("svg");
    this.line = this.svg.querySelector(".line");
    this.dots = this.svg.querySelector(".points");
    this.status = node.querySelector("[role=status]");
    this.remover = node.querySelector("[data-act=remove]");
    this.at = 0;
    this.grid();
    input.addEventListener("input", () => this.writing || this.follow());
    node.querySelector("[data-act=add]").addEventListener("click", () => this.insert());
    this.remover.addEventListener("click", () => this.remove(this.at));
    this.svg.addEventListener("dblclick", (event) => this.insert(this.place(event)));
    node.hidden = false;
    this.follow();
  }

  grid() {
    const lines = this.svg.querySelector(".grid");
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      made("line", { x1: x(share), x2: x(share), y1: TOP, y2: TOP + HEIGHT }, lines);
      made("line", { x1: LEFT, x2: LEFT + WIDTH, y1: y(100 * share), y2: y(100 * share) }, lines);
      made("text", { x: LEFT - 11, y: y(100 * share) + 4, "text-anchor": "end" }, lines).textContent = 100 * share;
      made("text", { x: x(share), y: TOP + HEIGHT + 16, "text-anchor": "middle" }, lines).textContent = `${100 * share} %`;
    }
  }

  /** What is typed becomes the curve; what is no curve leaves the picture faint, as it was. */
  follow() {
    const points = read(this.input.value);
    this.svg.classList.toggle("stale", !points);
    this.points = points ?? this.points ?? [[0, 0], [1, 100]];
    this.draw();
    if (!points) this.status.textContent = "The text is no curve yet.";
  }

  draw() {
    this.line.setAttribute("points", this.points.map(([place, percentile]) => `${x(place)},${y(percentile)}`).join(" "));
    while (this.dots.childElementCount > this.points.length) this.dots.lastElementChild.remove();
    while (this.dots.childElementCount < this.points.length) this.dot(this.dots.childElementCount);
    this.at = clamp(this.at, 0, this.points.length - 1);
    [...this.dots.children].forEach((dot, k) => {
      const [place, percentile] = this.points[k];
      dot.setAttribute("transform", `translate(${x(place)} ${y(percentile)})`);
      dot.setAttribute("aria-label", `Point ${k + 1} of ${this.points.length}`);
      dot.setAttribute("aria-valuenow", percentile);
      dot.setAttribute("aria-valuetext", this.words(k));
      dot.classList.toggle("chosen", k === this.at);
    });
    this.remover.disabled = this.points.length < 3;
    this.status.textContent = `Point ${this.at + 1} of ${this.points.length}: ${this.words(this.at)}`;
  }

  words(k) {
    const [place, percentile] = this.points[k];
    return `percentile ${round(percentile, 1)} at ${round(100 * place, 1)} % of the order`;
  }

  dot(k) {
    const about = { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 100 };
    const dot = made("g", about, this.dots);
    made("circle", { r: 14, class: "reach" }, dot);
    made("circle", { r: 6, class: "dot" }, dot);
    dot.addEventListener("focus", () => {
      this.at = k;
      this.draw();
    });
    dot.addEventListener("keydown", (event) => this.key(event, k));
    dot.addEventListener("pointerdown", (event) => {
      dot.setPointerCapture(event.pointerId);
      dot.focus();
      event.preventDefault();
    });
    dot.addEventListener("pointermove", (event) => dot.hasPointerCapture(event.pointerId) && this.move(k, ...this.place(event)));
    dot.addEventListener("dblclick", (event) => event.stopPropagation());
  }

  /** [place, percentile] under the pointer. */
  place(event) {
    const at = under(event, this.svg);
    return [clamp((at.x - LEFT) / WIDTH, 0, 1), clamp(100 * (1 - (at.y - TOP) / HEIGHT), 0, 100)];
  }

  key(event, k) {
    const far = event.shiftKey ? 10 : 1;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[event.key];
    if (way) {
      const [place, percentile] = this.points[k];
      this.move(k, place + way[0] * far * STEP.place, percentile + way[1] * far * STEP.percentile);
    } else if (event.key === "Delete" || event.key === "Backspace") this.remove(k);
    else return;
    event.preventDefault();
  }

  /** A point stays between its neighbours. */
  move(k, place, percentile) {
    const low = this.points[k - 1]?.[0] ?? 0;
    const high = this.points[k + 1]?.[0] ?? 1;
    this.points[k] = [round(clamp(place, low, high), 3), round(clamp(percentile, 0, 100), 1)];
    this.write();
  }

  /** A further point: where the pointer was, or in the middle of the widest gap. */
  insert(point) {
    const gaps = this.points.slice(1).map(([place], k) => place - this.points[k][0]);
    const k = point ? this.points.filter(([place]) => place <= point[0]).length : 1 + gaps.indexOf(Math.max(...gaps));
    const middle = (part) => (this.points[k - 1][part] + this.points[k][part]) / 2;
    const [place, percentile] = point ?? [middle(0), middle(1)];
    this.points.splice(k, 0, [round(place, 3), round(percentile, 1)]);
    this.write();
    this.dots.children[k].focus();
  }

  remove(k) {
    if (this.points.length < 3) return;
    this.points.splice(k, 1);
    this.write();
    this.dots.children[Math.min(k, this.points.length - 1)].focus();
  }

  write() {
    this.svg.classList.remove("stale");
    this.draw();
    this.writing = true;
    typed(this.input, JSON.stringify(this.points));
    this.writing = false;
  }
}

function start(root) {
  for (const node of root.querySelectorAll("[data-curve][hidden]")) {
    const input = document.getElementById(node.dataset.curve);
    if (input) new Curve(node, input);
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt));
