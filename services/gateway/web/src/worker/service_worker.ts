// Keeps the application, so that it opens where nobody answers: without a network, or while the
// gateway is away. The page itself is always asked for first, and what else is kept has the hash of
// its content in its name, so nobody sees an older version than there is. Calls are left alone.
export {};
declare const self: ServiceWorkerGlobalScope;

/** Filled in by the build (vite.config.ts): what the cards take, and a digest of it all. */
declare const KEPT: { digest: string; files: string[] };

const page = '/';
const prefix = 'winnow-';
const { digest, files } = KEPT;

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(forget(prefix + digest)));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    event.respondWith(openPage(request));
    event.waitUntil(leaveIfUnwanted());
  } else if (files.includes(pathname)) {
    event.respondWith(keptFile(request));
  }
});

/** All files of one version, or none. */
async function keep() {
  const cache = await caches.open(prefix + digest);
  await cache.addAll([new Request(page, { cache: 'no-cache' }), ...files]);
  await self.skipWaiting();
}

async function openPage(request: Request): Promise<Response> {
  const reply = await fetch(request).catch(() => undefined);
  // A proxy before the gateway says so by itself when the gateway is away.
  if (reply && reply.status < 500) return reply;
  return (await caches.match(page)) ?? reply ?? Response.error();
}

async function keptFile(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

/** Whoever serves no worker at this address (any more) wants none. */
async function leaveIfUnwanted() {
  const reply = await fetch(location.pathname, { method: 'HEAD' }).catch(() => undefined);
  if (!reply || reply.status >= 500) return;
  if (reply.ok && reply.headers.get('content-type')?.includes('javascript')) return;
  await forget();
  await self.registration.unregister();
}

/** Forgets what was kept, but for one version. */
async function forget(but?: string) {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(prefix) && name !== but);
  await Promise.all(old.map((name) => caches.delete(name)));
}
