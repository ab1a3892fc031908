// The builder: looks at the curriculum while it is being typed. What is typed is posted as it is; the server answers with
// the words, the figures and the complaints of the data; nothing is computed here but the shares of the weights.
// Other scripts change fields and let them say so (an "input" event that bubbles), and hear of every look by
// "builder:previewed" at the form.
import { Panel } from "./chart-panel.js";

const WAIT = 180;
const form = document.getElementById("builder");
const page = form.closest(".builder"); // the form, and fields of it that stand beside the preview
const words = document.getElementById("preview");

/** A panel that is handed its figure instead of fetching it. */
class Handed extends Panel {
  target() {
    return location.href;
  }
  load() {}
  show(payload) {
    this.payload = payload;
    this.draw();
  }
}

const panels = {
  order_preview: new Handed(document.getElementById("order-preview")),
  mixture: new Handed(document.getElementById("mixture-preview")),
};

let timer, request;

function later() {
  shares();
  clearTimeout(timer);
  timer = setTimeout(look, WAIT);
}

async function look() {
  request?.abort();
  const mine = (request = new AbortController());
  try {
    const answer = await fetch(form.dataset.preview, { method: "POST", body: new FormData(form), signal: mine.signal });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const { html, problems, notes, figures, timeline } = await answer.json();
    replace(html);
    complain(problems);
    remark(notes);
    for (const [name, payload] of Object.entries(figures)) panels[name].show(payload);
    form.dispatchEvent(new CustomEvent("builder:previewed", { detail: { problems, notes, figures, timeline } }));
  } catch (error) {
    if (error.name !== "AbortError") words.textContent = "The preview could not be made: the server does not answer.";
  }
}

/** The words anew; what was opened or closed in them stays so. */
function replace(html) {
  const kept = new Map([...words.querySelectorAll("details[data-kept]")].map((part) => [part.dataset.kept, part.open]));
  words.innerHTML = html;
  for (const part of words.querySelectorAll("details[data-kept]")) {
    if (kept.has(part.dataset.kept)) part.open = kept.get(part.dataset.kept);
  }
}

/** Errors at their fields. A field that is still empty is being filled in: it is not complained of before it is sent. */
function complain(problems) {
  for (const old of page.querySelectorAll("[data-live]")) mend(old.closest(".field"));
  for (const { id, sentence } of problems) {
    const input = id && document.getElementById(id);
    const field = input && input.value !== "" && input.closest(".field");
    if (!field || field.classList.contains("has-errors")) continue;
    field.classList.add("has-errors");
    say(field, "error", sentence).dataset.live = "";
  }
}

/** What is worth knowing about a setting, at its field: nothing is wrong with it. */
function remark(notes) {
  for (const old of form.querySelectorAll(".remark")) old.remove();
  for (const { id, sentence } of notes) {
    const field = id && document.getElementById(id)?.closest(".field");
    if (field) say(field, "remark", sentence);
  }
}

function say(field, className, textContent) {
  const said = Object.assign(document.createElement("p"), { className, textContent });
  field.append(said);
  return said;
}

function mend(field) {
  field.classList.remove("has-errors");
  for (const said of field.querySelectorAll(".error")) said.remove();
}

/** Each weight's share of its phase, where weights are all that counts. */
function shares() {
  for (const phase of form.querySelectorAll("fieldset.phase")) {
    const streams = [...phase.querySelectorAll("fieldset.stream")];
    const weights = streams.map((stream) => Number(stream.querySelector("[data-weight]")?.value));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const known = phase.querySelector("[data-static]") && total > 0 && weights.every((weight) => weight >= 0);
    streams.forEach((stream, k) => {
      stream.querySelector("[data-share]").textContent = known ? `${((100 * weights[k]) / total).toFixed(1)} %` : "";
    });
  }
}

page.addEventListener("input", (event) => {
  const field = event.target.closest(".field.has-errors");
  if (field) mend(field);
  later();
});
page.addEventListener("change", later);
// After a phase or stream was added its first field has the focus; after one was removed, the button that adds one.
let asked = "";
form.addEventListener("click", (event) => (asked = event.target.closest("button[name=do]")?.value ?? ""));
document.addEventListener("htmx:afterSettle", (event) => {
  if (!form.contains(event.target)) return;
  later();
  const [action, numbers = ""] = asked.split(":");
  const phase = document.getElementById(`phase-${numbers.split("-")[0]}`);
  if (action === "add-stream") begin(phase.querySelector("fieldset.stream:last-of-type input[type=text]"));
  if (action === "add-phase") begin(form.querySelector("fieldset.phase:last-of-type input[type=text]"));
  if (action === "remove-stream") phase.querySelector("button[value^=add-stream]").focus();
  if (action === "preset") document.querySelector(`#stream-${numbers} .presets summary`).focus();
  if (action === "remove-phase") form.querySelector("button[value=add-phase]").focus();
  asked = "";
});
/** The focus on a field that has just come, with room for what follows it. */
function begin(field) {
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center", behavior: "instant" });
}
new MutationObserver(() => Object.values(panels).forEach((panel) => panel.draw())).observe(document.documentElement, {
  attributes: true,
  attributeFilter: ["data-theme"],
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => Object.values(panels).forEach((panel) => panel.draw()));
// Where the preview lies below the fields, the way back leads to where one was.
let left = null;
page.addEventListener("click", (event) => {
  const way = event.target.closest(".builder-jump[href]");
  if (!way) return;
  const there = way.hash === "#builder-preview";
  if (there) left = window.scrollY;
  if (there || left === null) return;
  event.preventDefault();
  window.scrollTo(0, left);
  form.querySelector(".builder-jump").focus({ preventScroll: true });
});
document.getElementById("problems")?.focus();
shares();
look();
