import { existsSync } from "node:fs";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";
import { etag } from "hono/etag";
import { LOGO_PATH, type LoadedBranding } from "./branding.ts";
import type { Authenticated } from "./context.ts";
import { indexPage } from "./index-page.ts";
import { createManifest } from "./manifest.ts";

/** The addresses of the page; what is behind them is the page's own matter. */
const PAGES = ["/", "/c/*", "/share/*", "/r/*"];
const NOT_BUILT =
  "The page is not built yet: run `npm run build`. The API is described at /api/docs.\n";

/**
 * Serves the built page from the folder `root`, to everyone: it holds nothing, and the API decides
 * who may see what. Names of assets carry a hash of their content, so those never change.
 */
export function mountWebFiles(
  app: Hono<Authenticated>,
  root: string,
  branding: LoadedBranding,
): void {
  const index = join(root, "index.html");
  if (!existsSync(index)) {
    for (const page of PAGES) app.get(page, (c) => c.text(NOT_BUILT, 404));
    return;
  }
  app.use("/assets/*", async (c, next) => {
    c.set("route", "assets");
    await next();
    if (c.res.ok) c.header("Cache-Control", "public, max-age=31536000, immutable");
  });
  app.get("/assets/*", serveStatic({ root, precompressed: true }));
  const tag = etag();
  app.use("*", async (c, next) => {
    if (c.req.path.startsWith("/assets/")) return next();
    c.set("route", "page");
    c.header("Cache-Control", "no-cache");
    return tag(c, next);
  });
  app.use("/share/*", async (c, next) => {
    await next();
    // Whoever has the link may read it; that is no reason for the world to find it.
    c.header("X-Robots-Tag", "noindex");
  });
  // Before the files: what an administrator configured has the last word.
  app.get("/manifest.webmanifest", (c) =>
    c.body(JSON.stringify(createManifest(branding, root)), 200, {
      "Content-Type": "application/manifest+json",
    }),
  );
  const { logo } = branding;
  if (logo !== undefined) {
    app.get(LOGO_PATH, (c) => c.body(logo.bytes, 200, { "Content-Type": logo.type }));
  }
  const page = indexPage(index, branding.branding.name);
  for (const path of [...PAGES, "/index.html"]) app.get(path, page);
  app.get("*", serveStatic({ root, precompressed: true }));
}
