// What a browser keeps of this site for when the library cannot be reached: the files of SHELL, and nothing
// that was asked or answered. SHELL and VERSION are put before these lines by webapp/offline.py.
/* global SHELL, VERSION */
const PREFIX = "patella-shell-";
const NAME = PREFIX + VERSION;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((held) => held.addAll(SHELL)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

async function unreached(asked) {
  const held = await caches.open(NAME);
  const language = new URL(asked.url).searchParams.get("lang");
  const spoken = SHELL.find((one) => one.endsWith(`/offline?lang=${language}`));
  return (await held.match(spoken || SHELL[0])) || Response.error();
}

self.addEventListener("fetch", (event) => {
  const asked = event.request;
  const address = new URL(asked.url);
  if (asked.mode === "navigate") {
    event.respondWith(fetch(asked).catch(() => unreached(asked)));
  } else if (SHELL.includes(address.pathname)) {
    event.respondWith(fetch(asked).catch(async () => (await caches.match(asked)) || Response.error()));
  }
});
