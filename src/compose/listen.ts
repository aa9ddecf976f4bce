import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import type { Authenticated } from "../api/context.ts";
import type { createSockets } from "../ws/sockets.ts";

/** How long a client may take for the head of a request, in ms: slow ones must not pile up. */
const HEADERS_TIMEOUT_MS = 15_000;

/** Serves `app`, and sockets where there are any. Rejects with the system's error, `EADDRINUSE` among them. */
export async function listen(
  app: Hono<Authenticated> | Hono,
  host: string,
  port: number,
  websocket?: ReturnType<typeof createSockets<Authenticated>>["server"],
): Promise<Server> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Any other upgrade would wait for an answer for ever: it is served as if it asked for none.
    serverOptions: {
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    },
    ...(websocket === undefined ? {} : { websocket: { server: websocket } }),
  }) as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

/** The port it was given, also where it asked for any. */
export function portOf(server: Server): number {
  const address = server.address() as AddressInfo;
  return address.port;
}
