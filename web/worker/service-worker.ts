import { type Build, isAsset, isShellOf, parseBuild, placeOf, staleFiles } from "./build.ts";

declare const self: ServiceWorkerGlobalScope;

/** Written by the build: its version, and the files it is made of. */
const BUILD: Build = parseBuild("__BUILD__");

/** Files whose names carry a hash of their content: they never change, so builds share them. */
const ASSETS = "chatbot-assets";
/** The page itself, as of this build, and what it loads before its scripts. */
const SHELL = `chatbot-shell-${BUILD.version}`;
/** Which files each of the last builds needs. */
const BUILDS = "/__builds";
/** So many builds stay whole, for tabs that were opened under an older one. */
const KEPT_BUILDS = 3;
/** A network that does not answer a navigation by then is none. */
const PATIENCE_MS = 5_000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  // Answers of the API are one user's: they are never kept here.
  const place = request.method === "GET" ? placeOf(new URL(request.url), self.origin) : "other";
  if (place === "page" && request.mode === "navigate") event.respondWith(openPage(event));
  else if (place === "asset") event.respondWith(fromCacheFirst(request, ASSETS));
  else if (place === "shell") event.respondWith(fromNetworkFirst(request));
});

async function install(): Promise<void> {
  const page = await fetch("/", { cache: "no-cache" });
  const text = await page.clone().text();
  // While a roll-out lasts, the page may be another build's; behind a proxy, a way to sign in.
  if (!page.ok || page.redirected || !isShellOf(BUILD, text)) throw new Error("another page");
  const shell = await caches.open(SHELL);
  await shell.put("/", page);
  // Whoever is signed out meanwhile is led elsewhere: that is none of these files.
  const exactly = { cache: "no-cache", redirect: "error" } as const;
  await shell.addAll(BUILD.shell.map((path) => new Request(path, exactly)));
  const assets = await caches.open(ASSETS);
  await Promise.all(BUILD.assets.map((path) => keepFile(assets, path)));
  await self.skipWaiting();
}

async function keepFile(assets: Cache, path: string): Promise<void> {
  const kept = await assets.match(path);
  if (kept && isAsset(kept)) return;
  const answer = await fetch(path, { redirect: "error" });
  if (!isAsset(answer)) throw new Error("another file");
  await assets.put(path, answer);
}

async function activate(): Promise<void> {
  const assets = await caches.open(ASSETS);
  const known: unknown = await (await assets.match(BUILDS))?.json().catch(() => undefined);
  const { keep, stale } = staleFiles(known, BUILD, KEPT_BUILDS);
  await assets.put(BUILDS, new Response(JSON.stringify(keep)));
  await Promise.all(stale.map((path) => assets.delete(path)));
  for (const name of await caches.keys()) {
    if (name.startsWith("chatbot-shell-") && name !== SHELL) await caches.delete(name);
  }
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
}

/** The server's page where there is one in time; else the kept one, which says that it is offline. */
async function openPage(event: FetchEvent): Promise<Response> {
  const kept = async () => (await caches.open(SHELL)).match("/");
  const asked = askForPage(event);
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, undefined));
  const answer = await Promise.race([asked.catch(() => undefined), late]);
  // A gateway without a server behind it has nothing to say that the page does not say better.
  if (answer && answer.status < 502) return answer;
  return (await kept()) ?? answer ?? (await asked);
}

async function askForPage(event: FetchEvent): Promise<Response> {
  const preloaded: unknown = await event.preloadResponse;
  return preloaded instanceof Response ? preloaded : fetch(event.request);
}

async function fromCacheFirst(request: Request, name: string): Promise<Response> {
  const cache = await caches.open(name);
  const kept = await cache.match(request.url);
  if (kept && isAsset(kept)) return kept;
  const answer = await fetch(request);
  if (isAsset(answer)) await cache.put(request.url, answer.clone());
  return answer;
}

async function fromNetworkFirst(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(SHELL)).match(new URL(request.url).pathname);
    if (kept) return kept;
    throw error;
  }
}
