// Small comforts. Every page works without this file.
(() => {
  "use strict";
  const KEY = "patella.recent";
  const KEEP = 8;
  const find = (selector) => document.querySelector(selector);
  const words = document.body.dataset;
  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  const recent = {
    read() {
      try {
        const held = JSON.parse(localStorage.getItem(KEY) || "[]");
        return Array.isArray(held) ? held.filter((one) => typeof one === "string") : [];
      } catch {
        return [];
      }
    },
    write(questions) {
      try {
        if (questions.length) localStorage.setItem(KEY, JSON.stringify(questions.slice(0, KEEP)));
        else localStorage.removeItem(KEY);
      } catch {
        // A browser that keeps nothing is welcome to.
      }
    },
  };

  if (words.worker && navigator.serviceWorker) {
    addEventListener("load", () => navigator.serviceWorker.register(words.worker).catch(() => {}));
  }

  const asked = document.body.dataset.question;
  if (asked) recent.write([asked, ...recent.read().filter((one) => one !== asked)]);

  const section = find("#recent");
  if (section && recent.read().length) {
    const list = section.querySelector("ul");
    for (const question of recent.read()) {
      const address = new URL(find("form.ask").action);
      address.searchParams.set("q", question);
      const item = make("li", {});
      item.append(make("a", { href: address, textContent: question, dir: "auto" }));
      list.append(item);
    }
    section.hidden = false;
    find("#clear-recent").addEventListener("click", () => {
      recent.write([]);
      section.hidden = true;
      find("#q").focus();
    });
  }

  // Questions offered while one is typed (the ARIA combobox with a list). What is typed goes by POST,
  // so that it stands in no address.
  function offer(box) {
    const list = make("ul", { id: "offers", className: "offers", role: "listbox", hidden: true });
    const told = make("div", { className: "hidden" });
    list.setAttribute("aria-label", words.offers);
    told.setAttribute("aria-live", "polite");
    box.parentNode.append(list, told);
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-controls": "offers", "aria-expanded": "false",
    })) box.setAttribute(name, value);
    let typed = box.value;
    let at = -1;
    let asking = null;
    let wait = 0;

    const choose = (number) => {
      const options = [...list.children];
      at = number < -1 ? options.length - 1 : number >= options.length ? -1 : number;
      options.forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
      box.value = at < 0 ? typed : options[at].firstChild.textContent;
      if (at < 0) box.removeAttribute("aria-activedescendant");
      else box.setAttribute("aria-activedescendant", options[at].id);
      if (at >= 0) options[at].scrollIntoView({ block: "nearest" });
    };
    const show = (open) => {
      list.hidden = !open;
      box.setAttribute("aria-expanded", String(open));
      if (!open) {
        at = -1;
        box.removeAttribute("aria-activedescendant");
        told.textContent = "";
      }
    };
    const fill = (found) => {
      list.replaceChildren(...found.map((one, index) => {
        const item = make("li", { id: `offer-${index}`, role: "option", dir: "auto" });
        item.setAttribute("aria-selected", "false");
        if (one.lang) item.lang = one.lang;
        item.append(make("span", { textContent: one.text }));
        return item;
      }));
      at = -1;
      show(found.length > 0);
      told.textContent = found.length ? words.offered.replace("0", found.length) : "";
    };
    const look = async () => {
      asking?.abort();
      asking = new AbortController();
      typed = box.value;
      if (typed.trim().length < 2) return show(false);
      try {
        const body = new URLSearchParams({ q: typed });
        const answered = await fetch(words.suggest, { method: "POST", body, signal: asking.signal });
        if (answered.ok && document.activeElement === box) fill(await answered.json());
      } catch {
        // Offline, or something newer was typed.
      }
    };
    box.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(look, 90);
    });
    box.addEventListener("keydown", (pressed) => {
      if (pressed.isComposing || pressed.altKey || pressed.ctrlKey || pressed.metaKey) return;
      if (list.hidden) {
        if (pressed.key === "ArrowDown" && box.value.trim()) look();
        return;
      }
      const step = { ArrowDown: 1, ArrowUp: -1 }[pressed.key];
      if (step) choose(at + step);
      else if (pressed.key === "Escape") {
        choose(-1);
        show(false);
      } else return;
      pressed.preventDefault();
    });
    box.addEventListener("blur", () => { clearTimeout(wait); show(false); });
    list.addEventListener("mousedown", (pressed) => {
      const item = pressed.target.closest("li");
      pressed.preventDefault();
      if (pressed.button || !item) return;
      box.value = item.firstChild.textContent;
      show(false);
      box.form.requestSubmit();
    });
  }
  if (words.suggest && find("#q")) offer(find("#q"));

  async function copy(text) {
    // The clipboard of today needs HTTPS or localhost; a library at home may have neither.
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = make("textarea", { value: text, className: "hidden" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("not copied");
  }

  for (const button of document.querySelectorAll("button.copy[data-copy]")) {
    const said = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await copy(button.dataset.copy);
        button.textContent = words.copied;
      } catch {
        button.textContent = words.notCopied;
      }
      button.focus();
      setTimeout(() => { button.textContent = said; }, 2500);
    });
  }

  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // A form whose answer takes its place, without leaving the page.
  for (const form of document.querySelectorAll("form[data-swap]")) {
    form.addEventListener("submit", async (sent) => {
      sent.preventDefault();
      const body = new URLSearchParams(new FormData(form, sent.submitter));
      try {
        const answered = await fetch(form.action, { method: "POST", body });
        const page = new DOMParser().parseFromString(await answered.text(), "text/html");
        const told = page.querySelector("[data-swapped]") || page.querySelector("h1");
        const said = make("p", { className: "swapped", textContent: told.textContent, tabIndex: -1 });
        form.replaceWith(said);
        said.focus();
      } catch {
        form.submit();
      }
    });
  }

  // The card of a source, beside the number that stands for it: seen on hover and focus, gone with Escape.
  const card = make("div", { className: "card", hidden: true });
  const quotes = find("#quotes");
  if (quotes) {
    card.setAttribute("aria-hidden", "true"); // the list of sources says the same
    quotes.append(card);
    let leave = 0;
    const hide = () => { card.hidden = true; };
    const show = (cite) => {
      const source = document.getElementById(cite.dataset.source);
      if (!source) return;
      clearTimeout(leave);
      const copied = source.cloneNode(true);
      const places = [...copied.querySelectorAll(".places li")];
      const own = places.filter((one) => one.firstElementChild.getAttribute("href") === cite.getAttribute("href"));
      if (own.length) places.filter((one) => !own.includes(one)).forEach((one) => one.remove());
      for (const link of copied.querySelectorAll("a")) link.replaceWith(...link.childNodes);
      copied.removeAttribute("id");
      card.replaceChildren(copied);
      card.hidden = false;
      const around = quotes.getBoundingClientRect();
      const here = cite.getBoundingClientRect();
      const left = Math.min(here.left - around.left, around.width - card.offsetWidth);
      card.style.left = `${Math.max(0, left)}px`;
      const below = here.bottom + 6 + card.offsetHeight < innerHeight || here.top < card.offsetHeight;
      card.style.top = `${below ? here.bottom - around.top + 6 : here.top - around.top - card.offsetHeight - 6}px`;
    };
    for (const cite of quotes.querySelectorAll(".cite")) {
      cite.addEventListener("mouseenter", () => show(cite));
      cite.addEventListener("focus", () => show(cite));
      cite.addEventListener("blur", hide);
      cite.addEventListener("mouseleave", () => { leave = setTimeout(hide, 200); });
    }
    card.addEventListener("mouseenter", () => clearTimeout(leave));
    card.addEventListener("mouseleave", hide);
    document.addEventListener("keydown", (pressed) => { if (pressed.key === "Escape") hide(); });
  }

  // One announcement, of the whole answer, once the page has settled.
  const announce = find("#announce");
  if (announce) {
    const parts = ["#safety-title", "#state", "#quotes"].map(find).filter(Boolean);
    const text = parts.map((one) => one.textContent.replace(/\s+/g, " ").trim()).join(". ");
    setTimeout(() => { announce.textContent = text; }, 400);
    setTimeout(() => { announce.textContent = ""; }, 8000);
  }

  const quote = find("#quote");
  if (quote && (location.hash === "#quote" || !location.hash)) {
    quote.scrollIntoView({ block: "center" });
    if (quote instanceof HTMLElement) {
      quote.tabIndex = -1;
      quote.focus({ preventScroll: true });
    }
  }
})();
