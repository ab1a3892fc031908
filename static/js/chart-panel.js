// One chart panel: fetches its figure, draws it, says what it shows, polls while it is live, fetches again on zoom.
import { fillTable, saveCsv, savePicture } from "./chart-export.js";
import { unpacked } from "./chart-wire.js";
import { bare, bound, partsOf, reasonOf } from "./chart-parts.js";
import { readTheme, roomForNames, themed } from "./chart-theme.js";

const POLL = 2000;
const CONFIG = { responsive: true, displayModeBar: false, displaylogo: false, doubleClick: "reset", showTips: false };
const TOUCH = matchMedia("(pointer: coarse)");
const number = (n) => n.toLocaleString("en-GB");

export class Panel {
  constructor(node) {
    this.node = node;
    this.parts = partsOf(node);
    for (const kind of ["png", "svg"]) this.parts[kind].addEventListener("click", () => this.save(kind));
    this.parts.csv.addEventListener("click", () => this.saveNumbers());
    this.parts.details.addEventListener("toggle", () => this.fill());
    this.address = this.target();
    this.inline = node.dataset.inline && document.getElementById(node.dataset.inline); // a page on disk holds its figures
  }

  get name() {
    return (this.node.dataset.name || this.title).toLowerCase().replace(/[^a-z0-9]+/g, "-");
  }

  get title() {
    return this.node.querySelector("h2, h3")?.textContent.trim() || "figure";
  }

  /** The figure's address with the parameters of the page's address that it follows; the zoom is added when fetching. */
  target() {
    const url = new URL(this.node.dataset.figure, location.href);
    const page = new URLSearchParams(location.search);
    for (const key of (this.node.dataset.follow ?? "").split(" ").filter(Boolean)) {
      if (page.has(key)) url.searchParams.set(key, page.get(key));
    }
    return url.href;
  }

  /** A panel in data-only="domain=code" hides while the page asks for another domain, in data-metrics for another metric,
   *  in data-panels="together" while domains have panels of their own. */
  choose() {
    const cell = this.node.closest(".cell");
    const { only, metrics, panels } = cell?.dataset ?? {};
    const page = new URLSearchParams(location.search);
    const [key, ...value] = only?.split("=") ?? [];
    const asked = only && page.get(key);
    const other = metrics && !metrics.split(" ").includes(page.get("metric") || "loss");
    const together = page.get("panels") === "one" && !page.get("domain");
    const elsewhere = panels && (panels === "together") !== together;
    if (only || metrics) cell.hidden = Boolean(other || elsewhere || (asked && asked !== value.join("=")));
  }

  follow() {
    this.choose();
    const address = this.target();
    if (address === this.address) return;
    this.address = address;
    this.range = null;
    this.zoomedIn = false;
    if (this.near) this.load();
    else this.payload = null;
  }

  setNear(near) {
    this.near = near;
    if (near && !this.payload) this.load();
    else this.wake();
  }

  /** Polls on when it should: live, near the screen, tab visible. */
  wake() {
    clearTimeout(this.timer);
    if (this.payload?.live && this.near && !document.hidden) this.timer = setTimeout(() => this.load(), POLL);
  }

  async load() {
    clearTimeout(this.timer);
    if (this.inline) {
      this.payload = JSON.parse(this.inline.textContent);
      this.draw();
      return;
    }
    this.request?.abort();
    this.request = new AbortController();
    try {
      const answer = await this.ask(!this.parts.details.open, this.request.signal);
      const tag = answer.headers.get("ETag");
      const fresh = !tag || tag !== this.tag || !this.payload;
      const payload = unpacked(await answer.json());
      this.tag = tag;
      this.payload = payload;
      if (fresh || !this.parts.state.hidden) this.draw();
      this.wake();
    } catch (error) {
      if (error.name === "AbortError") return;
      const reason = error instanceof TypeError ? "the server could not be reached" : error.message;
      if (!this.payload) {
        this.say(`This figure could not be loaded: ${reason}.`, true);
        return;
      }
      // What is drawn stays, with a word that it is not fresh; a live figure goes on asking.
      this.tag = null;
      this.parts.note.textContent = `Not updated: ${reason}.`;
      this.wake();
    }
  }

  /** The server's answer for what is in sight. `packed`: without the table, which most people never open. */
  async ask(packed, signal) {
    const url = new URL(this.address);
    if (this.range) this.range.forEach((value, i) => url.searchParams.set(i ? "stop" : "start", value));
    if (packed) url.searchParams.set("packed", "1");
    // "no-cache" asks the server each time with the ETag at hand: an unchanged figure costs a 304.
    const answer = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-cache", signal });
    if (!answer.ok) throw new Error(await reasonOf(answer));
    return answer;
  }

  /** Draws what was last fetched, in the colours of now; without a word to the server. */
  async draw() {
    if (!this.payload) return;
    const { figure, reading, shown, total, empty } = this.payload;
    const { plot, note } = this.parts;
    if (this.parts.reading.textContent !== (reading ?? "")) this.parts.reading.textContent = reading ?? "";
    this.noteShown(note, shown, total);
    bare(this.parts, !figure?.data?.length);
    if (!figure?.data?.length) {
      this.say(empty ?? "Nothing to show yet.");
      return;
    }
    this.say("");
    if (figure.layout?.height) plot.style.height = `${figure.layout.height}px`;
    else this.makeRoom(plot, figure);
    const asked = new URL(this.address).searchParams;
    const revision = ["axis", "metric", "scale"].map((key) => asked.get(key) ?? "").join(" ");
    const drawn = themed(figure, readTheme(), { width: plot.clientWidth, revision });
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", `${this.title}. ${reading ?? ""}`);
    await window.Plotly.react(plot, drawn.data, drawn.layout, CONFIG);
    if (!this.listening) {
      this.listening = true;
      plot.on("plotly_relayout", (change) => this.zoomed(change));
      plot.on("plotly_click", ({ points }) => plot.dispatchEvent(new CustomEvent("chart:click", { bubbles: true, detail: points })));
    }
    this.fill();
  }

  /** Many names take their lines below the curves, not from them. */
  makeRoom(plot, figure) {
    this.height ||= plot.clientHeight;
    if (!this.height) return; // in something folded
    const room = roomForNames(figure, plot.clientWidth, this.height);
    plot.style.height = room ? `${this.height + room}px` : "";
  }

  /** How many points are in sight, and the way back from a zoom. */
  noteShown(note, shown, total) {
    const points = `Showing ${number(shown)} of ${number(total)} points`;
    const state = this.zoomedIn ? "; zoomed in. " : TOUCH.matches || this.inline ? "." : "; zoom in for more of them.";
    note.textContent = total > shown ? points + state : this.zoomedIn ? "Zoomed in. " : "";
    if (!this.zoomedIn) return;
    const back = Object.assign(document.createElement("button"), { type: "button", textContent: "Show all" });
    back.className = "quiet small";
    const axes = Object.keys(this.parts.plot.layout).filter((name) => /^[xy]axis\d*$/.test(name));
    const whole = Object.fromEntries(axes.map((name) => [`${name}.autorange`, true]));
    back.addEventListener("click", () => window.Plotly.relayout(this.parts.plot, whole));
    note.append(back);
  }

  /** After a zoom the server is asked for the points within it, if it had left any out. */
  zoomed(change) {
    const key = Object.keys(change).find((name) => /^[xy]axis\d*\.(range|autorange)/.test(name));
    if (!key) return;
    this.zoomedIn = !key.endsWith("autorange");
    const { shown, total } = this.payload;
    this.noteShown(this.parts.note, shown, total);
    const x = Object.keys(change).find((name) => name.startsWith("xaxis"))?.split(".")[0];
    if (!x) return;
    const given = change[`${x}.range`] ?? [change[`${x}.range[0]`], change[`${x}.range[1]`]];
    const [start, stop] = given.map((value) => bound(value, this.parts.plot.layout[x]));
    const range = Number.isFinite(start) && Number.isFinite(stop) ? [start, stop] : null;
    const thinned = !this.inline && (this.range || total > shown);
    this.range = range && thinned ? range : null;
    if (!thinned) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), 250);
  }

  /** The table twin, fetched when somebody opens it; from then on it comes with the figure. */
  fill() {
    if (!this.payload || !this.parts.details.open) return;
    if (this.payload.table) fillTable(this.parts.table, this.payload.table);
    else this.load();
  }

  async saveNumbers() {
    try {
      // A live figure may be fetched anew meanwhile, without its table.
      const table = this.payload.table ?? (await (await this.ask(false)).json()).table;
      saveCsv(table, this.name);
    } catch (error) {
      this.parts.note.textContent = `The numbers could not be fetched: ${error.message}.`;
    }
  }

  save(kind) {
    const { name, title } = this;
    const { plot } = this.parts;
    const paper = readTheme("light");
    const figure = themed(this.payload.figure, paper, { width: Math.max(plot.clientWidth, 640), revision: "" });
    savePicture(plot, figure, kind, { name, title, background: paper.surface });
  }

  /** Words in the plot's place: nothing there, what went wrong. An empty text uncovers the plot. */
  say(text, again = false) {
    const { state, plot } = this.parts;
    state.textContent = text;
    state.hidden = !text;
    plot.hidden = Boolean(text);
    state.setAttribute("role", again ? "alert" : "status");
    if (!again) return;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
    button.className = "small";
    button.addEventListener("click", () => this.load());
    state.append(button);
  }

  remove() {
    clearTimeout(this.timer);
    this.request?.abort();
    window.Plotly?.purge(this.parts.plot);
  }
}
