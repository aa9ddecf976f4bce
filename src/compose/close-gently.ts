import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** How long connections that are open have for one more request, in ms. */
const LINGER_MS = 1_000;

/**
 * Closes a server, and resolves when its last request has ended. It first waits a moment: an app that drains says
 * `Connection: close` with each answer, so who asks often leaves of their own; a connection that is closed at once
 * may have a request on its way, and that would be cut.
 */
export async function closeGently(server: Server, lingerMs = LINGER_MS): Promise<void> {
  const connections = promisify(server.getConnections.bind(server));
  if ((await connections()) > 0) await sleep(lingerMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
