// Mixtures that are drawn: an editor over each text field of key-frames ("0.5: code 3, prose 1", one a line). The text is the truth:
// the editor writes into it and says so ("input"), and follows what is typed there. Without script the text is all there is.
import { clamp, made, round, typed, under } from "./drawing.js";

const LEFT = 34, TOP = 8, WIDTH = 296, HEIGHT = 160;
const STEP = 0.01;
const MOST = 60; // points that can still be told apart
const x = (place) => LEFT + WIDTH * place;
const y = (share) => TOP + HEIGHT * (1 - share);
const LINE = /^\s*([0-9.eE+-]+)\s*(%?)\s*:\s*(.*)$/;
const WEIGHT = /^([A-Za-z0-9][A-Za-z0-9_.-]*)[\s:=]+([0-9.eE+-]+)$/;

/** [[place, {name: weight}], ...] of a text; null where it holds no key-frames (yet). */
function read(text) {
  if (/^\s*\[/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }
  const frames = [];
  for (const line of text.split("\n").filter((line) => line.trim())) {
    const found = LINE.exec(line);
    if (!found) return null;
    const parts = found[3].split(",").map((part) => part.trim()).filter(Boolean).map((part) => WEIGHT.exec(part));
    if (!parts.every(Boolean)) return null;
    frames.push([Number(found[1]) / (found[2] ? 100 : 1), Object.fromEntries(parts.map((part) => [part[1], Number(part[2])]))]);
  }
  return frames.length ? frames : null;
}

/** Key-frames as {place, shares}, a share a stream in order; null where they are none of these streams. */
function shared(frames, names) {
  if (!Array.isArray(frames) || !names.length) return null;
  const found = [];
  for (const [place, given] of frames) {
    const weights = given && Object.keys(given).length ? given : Object.fromEntries(names.map((name) => [name, 1]));
    if (!Object.keys(weights).every((name) => names.includes(name))) return null;
    const values = names.map((name) => weights[name] ?? 0);
    const total = values.reduce((sum, value) => sum + value, 0);
    const right = place >= (found.at(-1)?.place ?? 0) && place <= 1;
    if (!right || !(total > 0) || !values.every((value) => value >= 0)) return null;
    found.push({ place, shares: values.map((value) => value / total) });
  }
  return found.length * (names.length - 1) <= MOST ? found : null;
}

/** A stream's name with its colour. */
function key(name, color) {
  const item = document.createElement("li");
  const swatch = Object.assign(document.createElement("span"), { className: `swatch c${color}` });
  swatch.setAttribute("aria-hidden", "true");
  item.append(swatch, name);
  return item;
}

class Frames {
  constructor(node, input) {
    this.input = input;
    this.phase = node.closest("fieldset.phase");
    this.svg = node.querySelector("svg");
    this.areas = this.svg.querySelector(".areas");
    this.dots = this.svg.querySelector(".points");
    this.keys = node.querySelector(".stream-keys");
    this.status = node.querySelector("[role=status]");
    this.remover = node.querySelector("[data-act=remove]");
    this.between = this.phase.querySelector("select[name$=-between]");
    this.at = 0;
    this.edge = 0;
    this.grid();
    this.phase.addEventListener("input", () => this.writing || this.follow());
    node.querySelector("[data-act=add]").addEventListener("click", () => this.insert());
    this.remover.addEventListener("click", () => this.remove(this.at));
    this.svg.addEventListener("dblclick", (event) => this.insert(this.under(event)[0]));
    node.hidden = false;
    this.follow();
  }

  get names() {
    return [...this.phase.querySelectorAll("fieldset.stream input[name$=-name]")].map((field) => field.value);
  }

  /** The colours of the preview: a stream's number is that of its name's first appearance. */
  colors(names) {
    const all = [...this.phase.form.querySelectorAll("fieldset.stream input[name$=-name]")].map((field) => field.value);
    const known = [...new Set(all)];
    return names.map((name) => (known.indexOf(name) % 8) + 1);
  }

  grid() {
    const lines = this.svg.querySelector(".grid");
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      made("line", { x1: x(share), x2: x(share), y1: TOP, y2: TOP + HEIGHT }, lines);
      made("text", { x: LEFT - 4, y: y(share) + 4, "text-anchor": "end" }, lines).textContent = `${100 * share}%`;
      made("text", { x: x(share), y: TOP + HEIGHT + 16, "text-anchor": "middle" }, lines).textContent = `${100 * share} %`;
    }
  }

  /** What is typed becomes the picture; what are no key-frames leaves it faint, as it was. */
  follow() {
    const names = this.names;
    const frames = shared(read(this.input.value), names);
    this.svg.classList.toggle("stale", !frames);
    if (frames) {
      this.frames = frames;
      this.streams = names;
    }
    if (this.frames) this.draw();
    if (!frames) this.status.textContent = "The text is no mixture of these streams yet.";
  }

  draw() {
    const { frames, streams } = this;
    const edges = streams.map((_, b) => frames.map((frame) => frame.shares.slice(0, b + 1).reduce((sum, share) => sum + share, 0)));
    const colors = this.colors(streams);
    this.areas.replaceChildren();
    streams.forEach((_, b) => {
      const up = this.outline(edges[b]), down = b ? this.outline(edges[b - 1]) : [[0, 0], [1, 0]];
      const points = [...up, ...down.reverse()].map(([place, share]) => `${x(place)},${y(share)}`).join(" ");
      made("polygon", { points, class: `c${colors[b]}` }, this.areas);
    });
    this.keys.replaceChildren(...streams.map((name, b) => key(name, colors[b])));
    const count = frames.length * (streams.length - 1);
    while (this.dots.childElementCount > count) this.dots.lastElementChild.remove();
    while (this.dots.childElementCount < count) this.dot(this.dots.childElementCount);
    this.at = clamp(this.at, 0, frames.length - 1);
    this.edge = clamp(this.edge, 0, Math.max(0, streams.length - 2));
    [...this.dots.children].forEach((dot, number) => {
      const [k, b] = this.which(number);
      dot.setAttribute("transform", `translate(${x(frames[k].place)} ${y(edges[b][k])})`);
      dot.setAttribute("aria-label", `Key-frame ${k + 1} of ${frames.length}, between ${streams[b]} and ${streams[b + 1]}`);
      dot.setAttribute("aria-valuenow", round(100 * edges[b][k], 1));
      dot.setAttribute("aria-valuetext", this.words(k));
      dot.classList.toggle("chosen", k === this.at && b === this.edge);
    });
    this.remover.disabled = frames.length < 2;
    this.status.textContent = `Key-frame ${this.at + 1} of ${frames.length}: ${this.words(this.at)}`;
  }

  /** The upper edge of a stream from the phase's start to its end: flat outside the key-frames, in steps where they hold. */
  outline(shares) {
    const points = [[0, shares[0]]];
    this.frames.forEach(({ place }, k) => {
      if (k && this.between?.value === "stepped") points.push([place, shares[k - 1]]);
      points.push([place, shares[k]]);
    });
    return [...points, [1, shares.at(-1)]];
  }

  words(k) {
    const { place, shares } = this.frames[k];
    const said = this.streams.map((name, b) => `${name} ${round(100 * shares[b], 1)} %`).join(", ");
    return `${said} at ${round(100 * place, 1)} % of the phase`;
  }

  which(number) {
    const edges = this.streams.length - 1;
    return [Math.floor(number / edges), number % edges];
  }

  dot(number) {
    const dot = made("g", { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 100 }, this.dots);
    made("circle", { r: 14, class: "reach" }, dot);
    made("circle", { r: 6, class: "dot" }, dot);
    dot.addEventListener("focus", () => {
      [this.at, this.edge] = this.which(number);
      this.draw();
    });
    dot.addEventListener("keydown", (event) => this.key(event, ...this.which(number)));
    dot.addEventListener("pointerdown", (event) => {
      dot.setPointerCapture(event.pointerId);
      dot.focus();
      event.preventDefault();
    });
    dot.addEventListener("pointermove", (event) => {
      if (dot.hasPointerCapture(event.pointerId)) this.move(...this.which(number), ...this.under(event));
    });
    dot.addEventListener("dblclick", (event) => event.stopPropagation());
  }

  /** [place, share] under the pointer. */
  under(event) {
    const at = under(event, this.svg);
    return [clamp((at.x - LEFT) / WIDTH, 0, 1), clamp(1 - (at.y - TOP) / HEIGHT, 0, 1)];
  }

  key(event, k, b) {
    const far = (event.shiftKey ? 10 : 1) * STEP;
    const ways = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] };
    const way = ways[event.key];
    if (way) {
      const edge = this.frames[k].shares.slice(0, b + 1).reduce((sum, share) => sum + share, 0);
      this.move(k, b, this.frames[k].place + way[0], edge + way[1]);
    } else if (event.key === "Delete" || event.key === "Backspace") this.remove(k);
    else return;
    event.preventDefault();
  }

  /** A key-frame stays between its neighbours, an edge between those of the streams beside it. */
  move(k, b, place, edge) {
    const frame = this.frames[k];
    const below = frame.shares.slice(0, b).reduce((sum, share) => sum + share, 0);
    const both = frame.shares[b] + frame.shares[b + 1];
    const share = clamp(round(edge, 3) - below, 0, both);
    frame.place = round(clamp(place, this.frames[k - 1]?.place ?? 0, this.frames[k + 1]?.place ?? 1), 3);
    [frame.shares[b], frame.shares[b + 1]] = [share, both - share];
    this.write();
  }

  /** A further key-frame with the shares that are there: where the pointer was, or in the middle of the widest gap. */
  insert(place) {
    const places = [0, ...this.frames.map((frame) => frame.place), 1];
    const gaps = places.slice(1).map((next, k) => next - places[k]);
    const k = gaps.indexOf(Math.max(...gaps));
    const at = round(place ?? (places[k] + places[k + 1]) / 2, 3);
    const after = this.frames.filter((frame) => frame.place <= at).length;
    const [a, b] = [this.frames[after - 1] ?? this.frames[0], this.frames[after] ?? this.frames.at(-1)];
    const way = b.place > a.place && this.between?.value !== "stepped" ? (at - a.place) / (b.place - a.place) : 0;
    const shares = a.shares.map((share, s) => share + way * (b.shares[s] - share));
    this.frames.splice(after, 0, { place: at, shares });
    this.at = after;
    this.write();
    this.focus(after);
  }

  remove(k) {
    if (this.frames.length < 2) return;
    this.frames.splice(k, 1);
    this.write();
    this.focus(Math.min(k, this.frames.length - 1));
  }

  focus(k) {
    this.dots.children[k * (this.streams.length - 1)]?.focus();
  }

  write() {
    this.svg.classList.remove("stale");
    this.draw();
    const line = ({ place, shares }) => {
      const parts = shares.map((share, b) => [this.streams[b], round(100 * share, 1)]).filter(([, share]) => share > 0);
      return `${place}: ${parts.map((part) => part.join(" ")).join(", ")}`;
    };
    this.writing = true;
    typed(this.input, this.frames.map(line).join("\n"));
    this.writing = false;
  }
}

function start(root) {
  for (const node of root.querySelectorAll("[data-frames][hidden]")) {
    const input = document.getElementById(node.dataset.frames);
    if (input) new Frames(node, input);
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt));
