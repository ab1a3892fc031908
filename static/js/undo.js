// The builder's memory: undo and redo of whatever changed the form, and what was not saved when the page was left or reloaded.
// A state is what the form would send; going back to one sends it for new fields, so that phases and streams come and go with it.

const form = document.getElementById("builder");
const [undo, redo] = ["undo", "redo"].map((name) => document.getElementById(`builder-${name}`));
const said = document.getElementById("builder-restored");
const offer = document.getElementById("builder-offer");
const key = `builder:${form.dataset.user}:${location.pathname}${location.search}:${form.elements.against?.value ?? ""}`;
const WAIT = 500;
const MOST = 200;
const SENT = 20; // so many steps outlive a save that is refused

const own = ([name, value]) => !["csrfmiddlewaretoken", "do"].includes(name) && typeof value === "string";
const entries = () => [...new FormData(form)].filter(own);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const states = [entries()];
let at = 0;
let timer;
let sending;
const before = kept(); // what was left here unsaved is offered as long as the page is open, whatever changes meanwhile
let dragging; // what is drawn moves with the pointer: one step, once it is let go of
let switching; // a method was chosen and its fields are on their way: no state to go back to

function remember() {
  clearTimeout(timer);
  if (sending || switching || dragging) return;
  const now = entries();
  if (!same(now, states[at])) {
    states.splice(at + 1, states.length, now);
    if (states.length > MOST) states.shift();
    at = states.length - 1;
    said.textContent = "";
    keep();
  }
  buttons();
}

/** Storage may be full or refused: the page works without. */
function keep(sent = false) {
  try {
    if (at === 0) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify({ at: Date.now(), sent, entries: states[at], past: sent ? states.slice(Math.max(0, at - SENT), at) : [] }));
  } catch {}
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function buttons() {
  undo.disabled = at === 0;
  redo.disabled = at === states.length - 1;
}

/** The fields as they are in a state; where the server does not answer nothing changes. */
async function show(state) {
  sending?.abort();
  const mine = (sending = new AbortController());
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  for (const [name, value] of state) body.append(name, value);
  body.append("do", "refresh");
  try {
    const answer = await fetch(location.href, { method: "POST", body, headers: { "HX-Request": "true" }, signal: mine.signal });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const html = await answer.text();
    const old = document.getElementById("builder-body");
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("builder-body");
    const focused = old.contains(document.activeElement) && document.activeElement.id;
    old.replaceWith(fresh);
    htmx.process(fresh);
    htmx.trigger(fresh, "htmx:load", { elt: fresh }); // what is drawn comes to life again
    for (const [name, value] of state) if (name === "batch") form.elements.batch.value = value;
    if (focused) document.getElementById(focused)?.focus();
    form.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = "That could not be done: the server does not answer.";
    return false;
  } finally {
    if (sending === mine) sending = null;
  }
}

let turn = Promise.resolve();

/** One step after the other, however fast they are asked for. */
function go(by) {
  turn = turn.then(() => move(by));
}

async function move(by) {
  remember();
  const to = at + by;
  if (to < 0 || to >= states.length || !(await show(states[to]))) return;
  at = to;
  states[at] = entries(); // as the server writes it, so that it is no change
  said.textContent = by < 0 ? "Undone." : "Redone.";
  keep();
  buttons();
  if (document.activeElement === document.body || document.activeElement.disabled) {
    const [first, other] = by < 0 ? [undo, redo] : [redo, undo];
    (first.disabled ? other : first).focus();
  }
}

function forgetOffer() {
  offer.hidden = true;
}

async function restore() {
  const state = before.entries;
  if (!(await show(state))) return;
  states.splice(at + 1, states.length, state);
  at = states.length - 1;
  said.textContent = "Your changes are back.";
  forgetOffer();
  keep();
  buttons();
  undo.focus();
}

undo.addEventListener("click", () => go(-1));
redo.addEventListener("click", () => go(1));
document.getElementById("builder-restore").addEventListener("click", restore);
document.getElementById("builder-discard").addEventListener("click", () => {
  if (at === 0) keep(); // what was changed since stays
  forgetOffer();
  undo.closest(".builder").querySelector("input:not([type=hidden])").focus();
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, [contenteditable]");
  if (typing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  const name = event.key.toLowerCase();
  if (name !== "z" && name !== "y") return;
  event.preventDefault();
  go(name === "y" || event.shiftKey ? 1 : -1);
});
const later = () => {
  clearTimeout(timer);
  timer = setTimeout(remember, WAIT);
};
for (const name of ["input", "change"]) form.closest(".builder").addEventListener(name, later);
addEventListener("pointerdown", ({ button, target }) => {
  const drawn = !button && Boolean(target.closest?.("[role=slider]"));
  if (drawn) remember(); // what was changed just before is a step of its own
  dragging = drawn;
});
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => {
    if (dragging) later();
    dragging = false;
  });
}
// What was typed just before a phase or a stream comes or goes is a step of its own.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!form.contains(event.target)) return;
  if (event.target.matches("button")) remember();
  else switching = true;
});
document.addEventListener("htmx:afterRequest", () => (switching = false));
document.addEventListener("htmx:afterSettle", (event) => form.contains(event.target) && remember());
// What is sent to be saved is kept until the page of a saved version shows that the server took it (page.js).
form.addEventListener("submit", () => {
  remember();
  keep(true);
});
// Who signs out takes what was not saved along (page.js): what was typed just before is not kept after all.
addEventListener("submit", ({ target }) => {
  if (target.matches("[data-sign-out]")) switching = true;
});
addEventListener("pagehide", () => {
  if (!kept()?.sent) remember();
});

undo.parentElement.hidden = false;
if (before && same(before.entries, states[0])) {
  states.unshift(...(before.past ?? [])); // the save was refused: what led here can still be taken back
  at = states.length - 1;
} else if (before) {
  offer.querySelector("time").textContent = new Date(before.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  offer.hidden = false;
}
buttons();
