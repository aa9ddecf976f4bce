import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { Authenticated } from "../api/context.ts";
import type { createSockets } from "../ws/sockets.ts";

/** What of a client's slowness is borne, in ms: slow ones must not pile up. */
export interface Patience {
  /** For the head of a request, from when the connection opens. */
  readonly headMs: number;
  /** For the whole of it, its body too. */
  readonly requestMs: number;
  /** How often both are looked at. */
  readonly lookMs: number;
}

const PATIENCE: Patience = { headMs: 15_000, requestMs: 60_000, lookMs: 5_000 };
/** The slowest that a long body may come, in bytes a second. */
const SLOWEST_BYTES_PER_SECOND = 128 * 1024;
/** The head of a request: a proof and a cookie with many groups in them fit, a bomb does not. */
const MAX_HEAD_BYTES = 32 * 1024;

/** As long as the longest body may take. */
export function patienceFor(maxBodyBytes: number): Patience {
  const bodyMs = Math.ceil((maxBodyBytes / SLOWEST_BYTES_PER_SECOND) * 1_000);
  return { ...PATIENCE, requestMs: Math.max(PATIENCE.requestMs, bodyMs) };
}

/** Serves `app`, and sockets where there are any. Rejects with the system's error, `EADDRINUSE` among them. */
export async function listen(
  app: Hono<Authenticated> | Hono,
  host: string,
  port: number,
  websocket?: ReturnType<typeof createSockets<Authenticated>>["server"],
  patience: Patience = PATIENCE,
): Promise<Server> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Any other upgrade would wait for an answer for ever: it is served as if it asked for none.
    serverOptions: {
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: patience.headMs,
      requestTimeout: patience.requestMs,
      connectionsCheckingInterval: patience.lookMs,
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    },
    ...(websocket === undefined ? {} : { websocket: { server: websocket } }),
  }) as Server;
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

/** The port it was given, also where it asked for any. */
export function portOf(server: Server): number {
  const address = server.address() as AddressInfo;
  return address.port;
}
