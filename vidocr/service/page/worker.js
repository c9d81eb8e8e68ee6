// Puts the token of the page that asks on pictures and films, which browsers fetch by themselves.

const KINDS = ["image", "video"];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data === "claim") event.waitUntil(self.clients.claim());
});
self.addEventListener("fetch", (event) => {
  const { method, destination, url } = event.request;
  const { origin, pathname } = new URL(url);
  const isOurs = origin === self.location.origin && pathname.startsWith("/v1/");
  if (method === "GET" && KINDS.includes(destination) && isOurs) event.respondWith(fetched(event));
});

async function fetched({ request, clientId }) {
  const client = await self.clients.get(clientId);
  const token = client && (await tokenOf(client));
  const headers = new Headers(request.headers);
  if (token) headers.set("Authorization", `Bearer ${token}`);
  return fetch(new Request(request.url, { headers, signal: request.signal }));
}

function tokenOf(client) {
  const { port1, port2 } = new MessageChannel();
  return new Promise((done) => {
    port1.onmessage = ({ data }) => done(data);
    setTimeout(done, 2000, null); // a page that closes answers no more
    client.postMessage("token?", [port2]);
  });
}
