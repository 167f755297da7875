// The service worker of the desk: a page for when the server cannot be reached, and notifications that lead back to
// the contact. It keeps files of the product only, never a page or an answer with a customer in it.
// What is kept, and its version, stands in `self.SHELL`, written by the view that loads this script.

const PREFIX = "acd-shell-";
const NAME = PREFIX + self.SHELL.version;
const AWAY = new Set([502, 503, 504]);

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(NAME);
      await cache.addAll([...self.SHELL.files, self.SHELL.offline]);
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (self.SHELL.files.includes(new URL(request.url).pathname)) event.respondWith(file(request));
});

// Pages are always the server's own; without it the agent is told so.
async function page(request) {
  try {
    const answer = await fetch(request);
    if (!AWAY.has(answer.status)) return answer;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // A TypeError says that there was no answer.
  }
  return (await caches.match(self.SHELL.offline)) ?? Response.error();
}

// Their names change with their contents, so a kept one is never old.
async function file(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("message", (event) => {
  if (event.data?.type === "version") event.source.postMessage({ type: "version", version: self.SHELL.version });
});

// From the server, for an agent whose pages are all closed. Should one be open after all, it tells by itself.
self.addEventListener("push", (event) => {
  event.waitUntil(told(event.data?.json() ?? {}));
});

async function told({ title = "acdconfig", body = "", tag, contact = null, offer = null, stays = false }) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const isLookedAt = windows.some((client) => client.focused && new URL(client.url).pathname === self.SHELL.page);
  if (isLookedAt) return;
  await self.registration.showNotification(title, { body, tag, renotify: true, requireInteraction: stays, data: { contact, offer } });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data ?? {}));
});

async function show({ contact = null, offer = null }) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const desk = windows.find((client) => new URL(client.url).pathname === self.SHELL.page);
  if (!desk) {
    const query = contact !== null ? `?contact=${contact}` : offer !== null ? `?offer=${offer}` : "";
    await self.clients.openWindow(self.SHELL.page + query);
    return;
  }
  desk.postMessage({ type: "open", contact, offer });
  await desk.focus();
}
