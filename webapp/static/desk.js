// Comforts of the desk. Every page works without this file.
(() => {
  "use strict";
  const find = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const WORDS = JSON.parse(document.body.dataset.words || "{}");
  const language = document.documentElement.lang;
  const told = (name, values = {}) => Object.entries(values)
    .reduce((words, [key, value]) => words.replace(`{${key}}`, value), WORDS[name] || name);

  function parsed(html) {
    return new DOMParser().parseFromString(html, "text/html").body;
  }

  async function part(address) {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (answer.redirected || answer.status === 401) location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    return parsed(await answer.text());
  }

  const later = (ms) => new Promise((done) => { setTimeout(done, ms); });

  // Files: shown when chosen, dropped where they are wanted, sent with a bar.
  function size(bytes) {
    const units = [WORDS.bytes, "KB", "MB", "GB"];
    let unit = 0;
    while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; unit += 1; }
    return `${Number(bytes.toPrecision(3)).toLocaleString(language)} ${units[unit]}`;
  }

  function say(form, words) {
    let box = find(".alert", form);
    if (!box) {
      box = document.createElement("div");
      box.className = "alert";
      box.setAttribute("role", "alert");
      form.prepend(box);
    }
    const line = document.createElement("p");
    line.textContent = words;
    box.replaceChildren(line);
  }

  function listed(drop, files) {
    let list = find("ul", drop);
    if (!list) {
      list = document.createElement("ul");
      drop.append(list);
    }
    list.replaceChildren(...[...files].slice(0, 50).map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name}, ${size(file.size)}`;
      return item;
    }));
    list.hidden = !files.length;
  }

  function send(form) {
    const limit = Number(form.dataset.limit);
    const input = find("input[type=file]", form);
    const total = [...input.files].reduce((sum, file) => sum + file.size, 0);
    if (total > limit) {
      say(form, told("tooLarge", { total: size(total), limit: size(limit) }));
      return;
    }
    const button = find("button[type=submit]", form);
    const row = document.createElement("div");
    row.className = "sending";
    row.setAttribute("role", "status");
    const words = document.createElement("span");
    words.textContent = WORDS.sending;
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", WORDS.sent);
    row.append(words, bar);
    button.disabled = true;
    button.after(row);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.max = event.total;
      bar.value = event.loaded;
      if (event.loaded === event.total) words.textContent = WORDS.moment;
    });
    const ended = () => { button.disabled = false; row.remove(); };
    request.addEventListener("load", () => {
      const moved = request.responseURL && request.responseURL !== form.action;
      if (request.status < 400 && moved) {
        location.assign(request.responseURL);
        return;
      }
      ended();
      const why = find(".alert, .lede", parsed(request.responseText));
      say(form, why ? why.textContent.trim() : told("answered", { status: request.status }));
    });
    request.addEventListener("error", () => {
      ended();
      say(form, WORDS.notSent);
    });
    request.send(new FormData(form));
  }

  for (const form of all("form[data-upload]")) {
    const drop = find("[data-drop]", form);
    const input = find("input[type=file]", form);
    for (const hint of all("[data-drop-hint]", form)) hint.hidden = false;
    input.addEventListener("change", () => listed(drop, input.files));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    for (const end of ["dragleave", "drop"]) {
      drop.addEventListener(end, () => drop.classList.remove("over"));
    }
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      const held = new DataTransfer();
      for (const file of event.dataTransfer.files) {
        if (held.items.length && !input.multiple) break;
        held.items.add(file);
      }
      input.files = held.files;
      listed(drop, input.files);
    });
  }
  if (find("[data-drop]")) {
    // a file that misses the field must not take the page's place
    for (const kind of ["dragover", "drop"]) {
      addEventListener(kind, (event) => event.preventDefault());
    }
  }

  // A job: live by server-sent events; where no stream is free, asked for now and then.
  const job = find("[data-job]");
  const says = find("#job-says");

  async function renew() {
    const fresh = await part(job.dataset.part);
    const kept = document.activeElement && job.contains(document.activeElement);
    job.replaceChildren(...fresh.childNodes);
    quieten();
    if (kept) { job.tabIndex = -1; job.focus({ preventScroll: true }); }
    const ended = find("[data-ended]", job);
    if (ended) says.textContent = find(".chip", job).textContent;
    return Boolean(ended);
  }

  function quieten() {
    // the page renews itself now
    for (const link of all("[data-reload]", job)) link.hidden = true;
  }

  async function poll() {
    for (let wait = 1500; ; wait = Math.min(wait * 1.2, 8000)) {
      await later(wait);
      try {
        if (await renew()) return;
      } catch {
        wait = 8000;
      }
    }
  }

  function step(data) {
    const bar = find("[data-bar]", job);
    if (!bar) return;
    find("[data-step]", job).textContent = data.step || WORDS.underWay;
    if (data.total) {
      bar.max = data.total;
      bar.value = data.done;
    } else bar.removeAttribute("value");
    const written = (n) => n.toLocaleString(language);
    const count = data.total ? told("of", { done: written(data.done), total: written(data.total) }) : "";
    find("[data-count]", job).textContent = count;
  }

  function file(data) {
    const list = find("[data-files]", job);
    if (!list) return false;
    const made = find("li", parsed(data.html));
    const old = all("li", list).find((one) => one.dataset.path === data.path);
    if (old) old.replaceWith(made);
    else list.prepend(made);
    return true;
  }

  function follow() {
    const source = new EventSource(`${job.dataset.events}?after=${job.dataset.after}`);
    source.addEventListener("message", (event) => {
      const data = JSON.parse(event.data);
      if (data.kind === "progress") step(data);
      else if (data.kind !== "file" || !file(data)) renew().catch(() => {});
    });
    source.addEventListener("end", () => {
      source.close();
      renew().catch(() => location.reload());
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) poll();
    });
    addEventListener("pagehide", () => source.close());
  }

  if (job && job.dataset.events) {
    quieten();
    if (window.EventSource) follow();
    else poll();
  }

  // The difference: saved questions take a moment to be asked.
  const difference = find("#difference[data-again]");
  if (difference) {
    (async () => {
      for (let wait = 1000; find("[data-asking]", difference); wait = Math.min(wait * 1.3, 6000)) {
        await later(wait);
        try {
          difference.replaceChildren(...(await part(difference.dataset.again)).childNodes);
        } catch {
          wait = 6000;
        }
      }
    })();
  }

  // The table: how many are chosen, and all of a page at once.
  for (const form of all("form[data-bulk]")) {
    const ticks = all("input[name=id]", form);
    const cell = find("thead .tick-cell", form);
    const label = document.createElement("label");
    label.className = "tick-box";
    const every = document.createElement("input");
    every.type = "checkbox";
    every.setAttribute("aria-label", WORDS.chooseAll);
    label.append(every);
    if (cell && ticks.length) cell.replaceChildren(label);
    const chosen = find("[data-chosen]", form);
    const count = () => {
      const n = ticks.filter((one) => one.checked).length;
      chosen.textContent = n ? told("withChosen", { count: n }) : WORDS.withThose;
      every.checked = n > 0 && n === ticks.length;
      every.indeterminate = n > 0 && n < ticks.length;
    };
    every.addEventListener("change", () => {
      for (const one of ticks) one.checked = every.checked;
      count();
    });
    for (const one of ticks) one.addEventListener("change", count);
    count();
  }

  for (const button of all("button[data-copy]")) {
    if (!navigator.clipboard || !window.isSecureContext) continue;
    const said = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = WORDS.copied;
      } catch {
        button.textContent = WORDS.notCopied;
      }
      setTimeout(() => { button.textContent = said; }, 2500);
    });
  }

  const alert = find("main .alert");
  if (alert) { alert.tabIndex = -1; alert.focus({ preventScroll: false }); }
})();
