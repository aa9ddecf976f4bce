import { Hono } from "hono";
import { collectDefaultMetrics, type Registry } from "prom-client";

const PING_DEADLINE_MS = 1000;

/** What the admin port is built from. */
export interface AdminDeps {
  /** Resolves when Redis answers. */
  readonly pingStore: () => Promise<unknown>;
  /** Aborts when the process begins to drain. */
  readonly draining: AbortSignal;
  readonly registry: Registry;
  /** Why only a restart helps; undefined while the process is well. */
  readonly stuck?: () => string | undefined;
  /** False while a worker does not claim. */
  readonly working?: () => boolean;
}

/**
 * The app of the admin port: `/livez` is the process alone, `/readyz` Redis, a worker's claims, and
 * not draining, `/metrics` the registry. The model server is no part of either: without it answers
 * fail, and everything else works.
 */
export function createAdminApp({
  pingStore,
  draining,
  registry,
  stuck = () => undefined,
  working = () => true,
}: AdminDeps): Hono {
  collectDefaultMetrics({ register: registry });
  const app = new Hono();

  app.get("/livez", (c) => {
    const reason = stuck();
    return reason === undefined ? c.json({ status: "alive" }) : c.json({ status: reason }, 503);
  });

  app.get("/readyz", async (c) => {
    if (draining.aborted) return c.json({ status: "draining" }, 503);
    if (!working()) return c.json({ status: "claims nothing" }, 503);
    const answered = await withinDeadline(pingStore());
    return answered ? c.json({ status: "ready" }) : c.json({ status: "redis unavailable" }, 503);
  });

  app.get("/metrics", async (c) =>
    c.body(await registry.metrics(), 200, { "Content-Type": registry.contentType }),
  );

  return app;
}

async function withinDeadline(ping: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), PING_DEADLINE_MS);
  const answered = ping.then(
    () => true,
    () => false,
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
