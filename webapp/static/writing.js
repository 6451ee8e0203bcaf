// A model's words, sentence by sentence as each passes the check. Without this file the page comes with all of them.
(() => {
  "use strict";
  const form = document.querySelector("form[data-written]");
  const quotes = document.querySelector("#quotes");
  if (!form || !quotes || !window.TextDecoderStream) return;
  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  // The link beside the quote with this number, as it stands below.
  const link = (number) => {
    const quote = quotes.querySelectorAll(".q")[number - 1];
    return quote?.nextElementSibling?.matches(".cite") ? quote.nextElementSibling.cloneNode(true) : "";
  };

  function place() {
    const section = make("section", { className: "written" });
    const label = make("h3", { className: "label", id: "written", textContent: form.dataset.writing });
    const words = make("p", {});
    const said = make("p", { className: "fine" });
    const over = make("h3", { className: "label", id: "quoted", textContent: form.dataset.quoted });
    section.setAttribute("aria-labelledby", "written");
    // each sentence is read out as it comes
    words.setAttribute("aria-live", "polite");
    said.setAttribute("role", "status");
    section.append(label, words, said);
    quotes.before(section, over);
    return { section, label, words, said, over };
  }

  const does = {
    begun(at, data) {
      // another generation answers by now: its numbers mean other quotes than those on the page
      if (data.quotes.join(" ") !== form.dataset.hashes) throw new Error("other quotes");
      at.name = data.said;
    },
    sentence(at, data) {
      at.label.textContent = at.name;
      if (at.words.hasChildNodes()) at.words.append(" ");
      at.words.append(make("span", { textContent: data.text, dir: "auto" }), ...data.quotes.map(link));
      at.said.textContent = data.said;
    },
    dropped(at, data) {
      if (at.words.hasChildNodes()) at.said.textContent = data.said;
    },
    done(at, data) {
      at.done = true;
      if (at.words.hasChildNodes()) {
        at.said.textContent = data.said;
      } else {
        const none = make("p", { className: "fine written-none", textContent: data.said });
        none.setAttribute("role", "status");
        at.section.replaceWith(none);
        at.over.remove();
      }
    },
  };

  async function read(answered, at) {
    let held = "";
    const reader = answered.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      held += value;
      for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) {
        const message = held.slice(0, end);
        held = held.slice(end + 2);
        const name = /^event: (.*)$/m.exec(message)?.[1];
        const data = /^data: (.*)$/m.exec(message)?.[1];
        if (data && Object.hasOwn(does, name)) does[name](at, JSON.parse(data));
      }
    }
  }

  form.addEventListener("submit", async (sent) => {
    sent.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    const button = form.querySelector("button");
    button.disabled = true;
    const at = place();
    try {
      const answered = await fetch(form.dataset.written, { method: "POST", body });
      if (!answered.ok) throw new Error(String(answered.status));
      await read(answered, at);
      if (!at.done) throw new Error("cut short");
      form.remove();
    } catch {
      // The whole page then, as without this file; the button's own field goes along.
      form.append(make("input", { type: "hidden", name: button.name, value: button.value }));
      form.submit();
    }
  });
})();
