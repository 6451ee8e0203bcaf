/* A search box with cited answers for other sites: <script src="https://LIBRARY/widget.js" async></script>.
   It stands where the script does, or in data-target; data-label, data-language (en, de), data-theme
   (light, dark) and data-heading-level (2 to 6) change how. It sets no cookie, keeps nothing, and asks only
   the library that it comes from. */
(() => {
  "use strict";

  const script = document.currentScript;
  const base = new URL(".", script.src).href.replace(/\/$/, "");
  const WORDS = {
    en: {
      label: "Ask the library", ask: "Ask", asking: "Looking …",
      answered: (n) => `Answered from ${n} ${n === 1 ? "source" : "sources"}`,
      related: "The library has no direct answer. Nearby:", none: "Not in these sources.",
      differ: "These sources differ:", more: "Open this answer in the library", page: "page",
      empty: "Type a question first.", failed: "The library cannot be reached. Try again in a moment.",
      slow: "The library took too long. Try again in a moment.",
      note: "This is information, not a diagnosis. If you are worried, see a clinician.",
      opens: "(opens in a new tab)", earlier: "Earlier advice, kept as an example",
      overdue: "Review overdue", signin: "This library answers only those who sign in.",
      there: "Ask there", many: "Too many questions came at once. Wait a minute, then try again.",
    },
    de: {
      label: "Die Bibliothek fragen", ask: "Fragen", asking: "Wird gesucht …",
      answered: (n) => `Beantwortet aus ${n} ${n === 1 ? "Quelle" : "Quellen"}`,
      related: "Die Bibliothek hat keine direkte Antwort. In der Nähe:",
      none: "Nicht in diesen Quellen.", differ: "Diese Quellen unterscheiden sich:",
      more: "Diese Antwort in der Bibliothek öffnen", page: "Seite",
      empty: "Bitte zuerst eine Frage eingeben.",
      failed: "Die Bibliothek ist nicht erreichbar. Bitte gleich noch einmal versuchen.",
      slow: "Die Bibliothek hat zu lange gebraucht. Bitte gleich noch einmal versuchen.",
      note: "Das ist Information, keine Diagnose. Wer sich Sorgen macht, lässt sich untersuchen.",
      opens: "(öffnet in einem neuen Tab)", earlier: "Früherer Rat, als Beispiel aufbewahrt",
      overdue: "Prüfung überfällig", signin: "Diese Bibliothek antwortet nur Angemeldeten.",
      there: "Dort fragen", many: "Zu viele Fragen auf einmal. Bitte eine Minute warten.",
    },
  };
  const STYLE = `
    :host { display: block; color-scheme: light; --ink: #19231f; --muted: #54605b; --paper: #fff;
      --line: #7c8681; --brand: #0b5c53; --on-brand: #fff; --red: #a4161d; --focus: #1550c4;
      font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
      background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
      max-width: 42rem; text-align: start; }
    :host([data-theme=dark]) { color-scheme: dark; --ink: #e8eeea; --muted: #a6b4ae; --paper: #172120;
      --line: #7f8f89; --brand: #82d6c6; --on-brand: #06211c; --red: #ffa4a0; --focus: #9cc4ff; }
    @media (prefers-color-scheme: dark) {
      :host(:not([data-theme=light])) { color-scheme: dark; --ink: #e8eeea; --muted: #a6b4ae;
        --paper: #172120; --line: #7f8f89; --brand: #82d6c6; --on-brand: #06211c; --red: #ffa4a0;
        --focus: #9cc4ff; } }
    * { box-sizing: border-box; }
    label { display: block; font-weight: 600; margin-bottom: .25rem; }
    .row { display: flex; flex-wrap: wrap; gap: .5rem; }
    input { flex: 1 1 12rem; min-width: 0; font: inherit; color: inherit; background: transparent;
      border: 1px solid var(--line); border-radius: .25rem; padding: .5rem; min-height: 2.75rem; }
    button { font: inherit; font-weight: 600; color: var(--on-brand); background: var(--brand);
      border: 1px solid var(--brand); border-radius: .25rem; padding: .5rem 1rem; min-height: 2.75rem;
      cursor: pointer; }
    :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
    [role=status] { font-weight: 600; margin-top: .75rem; }
    [role=status]:empty { display: none; }
    .card { border-inline-start: .3rem solid var(--red); padding-inline-start: .75rem; margin: .75rem 0; }
    .card [role=heading] { font-weight: 700; color: var(--red); }
    blockquote { margin: .75rem 0 0; padding: 0; }
    blockquote p, .card p { margin: 0; overflow-wrap: anywhere; }
    cite { display: block; font-style: normal; font-size: .9rem; color: var(--muted); }
    a { color: var(--brand); text-underline-offset: .15em; }
    .note { font-size: .9rem; color: var(--muted); margin: .75rem 0 0; }
    .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
      white-space: nowrap; }`;
  const WAIT_MS = 20000;
  let count = 0;

  /* Makes an element; what it holds is text, never markup. */
  const make = (name, held = [], attributes = {}) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...[held].flat());
    return made;
  };

  const start = () => {
    const options = script.dataset;
    const language = options.language || document.documentElement.lang || "en";
    const told = WORDS[language.slice(0, 2).toLowerCase()] || WORDS.en;
    const level = /^[2-6]$/.test(options.headingLevel || "") ? options.headingLevel : "3";
    const host = make("div", [], { class: "patella-widget", lang: told === WORDS.de ? "de" : "en" });
    if (options.theme) host.dataset.theme = options.theme;
    const target = options.target && document.querySelector(options.target);
    if (target) target.append(host);
    else script.after(host);

    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];

    const id = `question-${(count += 1)}`;
    const input = make("input", [], {
      id, type: "text", maxlength: "500", autocomplete: "off", enterkeyhint: "search",
    });
    const status = make("p", [], { role: "status" });
    const shown = make("div");
    const form = make("form", [
      make("label", options.label || told.label, { for: id }),
      make("div", [input, make("button", told.ask, { type: "submit" })], { class: "row" }),
    ], { role: "search" });
    root.append(form, status, shown, make("p", told.note, { class: "note" }));

    const link = (words, path) => make("a", [words, make("span", ` ${told.opens}`, { class: "hidden" })], {
      href: base + path, target: "_blank", rel: "noopener", referrerpolicy: "no-referrer",
    });

    const quoted = (quote) => {
      const place = [quote.document.title, ...quote.heading.slice(-1)];
      if (quote.page) place.push(`${told.page} ${quote.page_label || quote.page}`);
      const facts = [
        quote.document.publisher, quote.document.reviewed || quote.document.published,
        quote.document.kind === "earlier-advice" && told.earlier,
        quote.document.review_overdue && told.overdue,
      ];
      return make("blockquote", [
        make("p", `“${quote.text}”`, quote.document.language ? { lang: quote.document.language } : {}),
        make("cite", [link(place.join(" – "), quote.reader),
          facts.filter(Boolean).map((one) => `. ${one}`).join("")]),
      ]);
    };

    const show = (answer) => {
      const parts = [];
      if (answer.safety) {
        parts.push(make("div", [
          make("div", answer.safety.title, { role: "heading", "aria-level": level }),
          make("p", answer.safety.advice), ...answer.safety.quotes.map(quoted),
        ], { class: "card" }));
      }
      const quotes = answer.state === "answered" ? answer.quotes : answer.related;
      parts.push(...quotes.map(quoted));
      for (const difference of answer.disagreements) {
        parts.push(make("p", told.differ), ...difference.sides.map(quoted));
      }
      const asked = new URLSearchParams({ q: answer.question });
      parts.push(make("p", link(told.more, `/search?${asked}`)));
      shown.replaceChildren(...parts);
      const sources = new Set(answer.quotes.map((quote) => quote.document.version_id)).size;
      const words = answer.state === "answered" ? told.answered(sources) : told[answer.state];
      status.textContent = answer.safety ? `${answer.safety.title}. ${words}` : words;
    };

    let going = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const question = input.value.trim();
      if (going) going.abort();
      shown.replaceChildren();
      if (!question) {
        status.textContent = told.empty;
        input.focus();
        return;
      }
      const mine = new AbortController();
      going = mine;
      const clock = setTimeout(() => mine.abort("slow"), WAIT_MS);
      status.textContent = told.asking;
      try {
        const came = await fetch(`${base}/api/v1/ask`, {
          method: "POST", body: JSON.stringify({ q: question, lang: host.lang }), signal: mine.signal,
          headers: { "Content-Type": "application/json" }, credentials: "omit",
          referrerPolicy: "no-referrer", cache: "no-store",
        });
        const body = await came.json();
        if (going !== mine) return;
        if (came.ok) show(body);
        else if (came.status === 401) {
          status.textContent = told.signin;
          shown.replaceChildren(make("p", link(told.there, `/search?${new URLSearchParams({ q: question })}`)));
        } else if (came.status === 429) status.textContent = told.many;
        else status.textContent = [body.detail, body.hint].filter(Boolean).join(" ") || told.failed;
      } catch (error) {
        if (going === mine) status.textContent = mine.signal.aborted ? told.slow : told.failed;
      } finally {
        clearTimeout(clock);
      }
    });
  };

  if (document.readyState === "loading" && script.dataset.target) {
    document.addEventListener("DOMContentLoaded", start);
  } else {
    start();
  }
})();
