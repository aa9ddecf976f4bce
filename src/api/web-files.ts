import { existsSync } from "node:fs";
import { join } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import type { Hono } from "hono";
import { etag } from "hono/etag";
import type { Authenticated } from "./context.ts";

/** The addresses of the page; what is behind them is the page's own matter. */
const PAGES = ["/", "/c/*", "/share/*", "/r/*"];
const NOT_BUILT =
  "The page is not built yet: run `npm run build`. The API is described at /api/docs.\n";

/**
 * Serves the built page from the folder `root`, to everyone: it holds nothing, and the API decides
 * who may see what. Names of assets carry a hash of their content, so those never change.
 */
export function mountWebFiles(app: Hono<Authenticated>, root: string): void {
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
  for (const page of PAGES) app.get(page, serveStatic({ path: index, precompressed: true }));
  app.get("*", serveStatic({ root, precompressed: true }));
}
