// An upload in pieces: each goes to the end of what the server has, so it goes on after a lost piece or a reload.
(() => {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const state = form.querySelector("[data-upload-state]");
  const bar = state.querySelector("progress");
  const words = state.querySelector("[data-upload-words]");
  const again = state.querySelector("[data-upload-again]");
  const problem = form.querySelector("[data-upload-problem]");
  // Not form.dataset: an input of that name would stand in its place.
  const piece = Number(form.getAttribute("data-piece"));
  const pauses = [1, 2, 4, 8, 15];
  const token = document.querySelector("meta[name=csrf-token]").content;
  let request = null;
  let place = null; // the address of the upload that is on its way
  let stopped = false;

  const pause = (seconds) => new Promise((wake) => setTimeout(wake, 1000 * seconds));
  const megabytes = (bytes) => (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });

  // One request; resolves to {status, body}, status 0 where the connection broke.
  function send(method, url, body, progress) {
    return new Promise((resolve) => {
      request = new XMLHttpRequest();
      request.open(method, url);
      request.setRequestHeader("X-CSRFToken", token);
      request.setRequestHeader("Accept", "application/json");
      if (body instanceof Blob) request.setRequestHeader("Content-Type", "application/octet-stream");
      request.responseType = "json";
      if (progress) request.upload.onprogress = (event) => progress(event.loaded);
      request.onload = () => resolve({ status: request.status, body: request.response ?? {} });
      request.onerror = request.onabort = () => resolve({ status: 0, body: {} });
      request.send(body);
    });
  }

  function show(file, done) {
    bar.value = done;
    bar.max = file.size;
    const percent = Math.floor((100 * done) / file.size);
    words.textContent = `${megabytes(done)} of ${megabytes(file.size)} MB, ${percent} %`;
  }

  function refuse(sentence) {
    problem.textContent = sentence;
    problem.hidden = false;
    form.querySelector(".field").classList.add("has-errors");
    settle(false);
    input.focus();
  }

  function settle(busy) {
    const here = form.contains(document.activeElement);
    state.hidden = !busy;
    form.querySelector("[data-upload-start]").hidden = busy;
    input.disabled = busy;
    again.hidden = true;
    if (busy && here) state.focus(); // what was pressed is gone: a Tab from here comes to what cancels
  }

  async function upload(file) {
    stopped = false;
    problem.hidden = true;
    form.querySelector(".field").classList.remove("has-errors");
    settle(true);
    show(file, 0);
    const asked = new FormData();
    asked.set("name", file.name);
    asked.set("size", file.size);
    asked.set("fingerprint", `${file.name}/${file.size}/${file.lastModified}`);
    asked.set("dataset", form.elements.dataset?.value ?? "");
    const begun = await send("POST", form.getAttribute("data-upload"), asked);
    if (stopped) return;
    if (begun.status !== 200 || !begun.body.url) return failed(file, begun);
    place = begun.body.url;
    let { offset } = begun.body;
    let next = begun.body.next;
    let lost = 0;
    while (!next) {
      show(file, offset);
      const part = file.slice(offset, offset + piece);
      const answer = await send("PUT", `${place}?offset=${offset}`, part, (sent) => show(file, offset + Math.min(sent, part.size)));
      if (stopped) return;
      if (answer.status === 200 && "offset" in answer.body) {
        lost = 0;
        ({ offset, next } = answer.body);
      } else if (answer.status === 409) {
        lost += 1;
      } else if (answer.status === 0 || answer.status >= 500) {
        lost += 1;
        words.textContent = "The connection was lost. Trying again…";
      } else return failed(file, answer);
      if (lost > pauses.length) return failed(file, answer);
      if (!lost) continue;
      await pause(pauses[lost - 1]);
      if (stopped) return;
      const where = await send("GET", place);
      offset = where.body.offset ?? offset;
      next = where.body.next;
    }
    show(file, file.size);
    window.location.assign(next);
  }

  function failed(file, answer) {
    if (answer.status === 400 && answer.body.error) return refuse(answer.body.error);
    if ([200, 403, 404].includes(answer.status)) return refuse("You may not upload to this project, or you were signed out: reload the page.");
    words.textContent = "The server could not be reached. What has arrived is kept.";
    again.hidden = false;
  }

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    upload(input.files[0]);
  });
  again.addEventListener("click", () => upload(input.files[0]));
  state.querySelector("[data-upload-cancel]").addEventListener("click", async () => {
    stopped = true;
    request?.abort();
    if (place) await send("DELETE", place);
    place = null;
    settle(false);
    input.focus();
  });
})();
