// Small comforts. Every page works without this file.
(() => {
  "use strict";
  const KEY = "patella.recent";
  const KEEP = 8;
  const find = (selector) => document.querySelector(selector);

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

  const asked = document.body.dataset.question;
  if (asked) recent.write([asked, ...recent.read().filter((one) => one !== asked)]);

  const section = find("#recent");
  if (section && recent.read().length) {
    const list = section.querySelector("ul");
    for (const question of recent.read()) {
      const link = document.createElement("a");
      link.href = `${find("form.ask").action}?q=${encodeURIComponent(question)}`;
      link.textContent = question;
      link.dir = "auto";
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    }
    section.hidden = false;
    find("#clear-recent").addEventListener("click", () => {
      recent.write([]);
      section.hidden = true;
      find("#q").focus();
    });
  }

  async function copy(text) {
    // The clipboard of today needs HTTPS or localhost; a library at home may have neither.
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
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
        button.textContent = "Copied";
      } catch {
        button.textContent = "Could not copy: select the words instead";
      }
      button.focus();
      setTimeout(() => { button.textContent = said; }, 2500);
    });
  }

  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
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
