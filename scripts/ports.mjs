import { createServer } from "node:net";
import { Refusal } from "./say.mjs";

/**
 * Whether a port of this machine is free on all these addresses.
 * @throws {Refusal} where this user may not listen on it.
 */
export async function isFree(port, hosts = ["127.0.0.1", "::1"]) {
  for (const host of hosts) {
    const held = await hold(port, host);
    if (held === undefined) return false;
    await held();
  }
  return true;
}

/** The first free port from this one on. */
export async function nextFree(port, hosts) {
  let next = port;
  while (!(await isFree(next, hosts))) next += 1;
  return next;
}

/**
 * Listens on a port, saying `greeting` to whoever connects. Returns what lets it go, or `undefined`
 * where the port is taken.
 */
export function hold(port, host, greeting = "") {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end(greeting);
    });
    server.once("error", (error) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      // A machine without IPv6 has no ::1 to be taken.
      else if (error.code === "EADDRNOTAVAIL") resolve(async () => {});
      else if (error.code === "EACCES") {
        const next = `PORT=8000 npm start`;
        reject(new Refusal(`This user may not listen on port ${port}. Type: ${next}`));
      } else reject(error);
    });
    server.listen(port, host, () => {
      resolve(() => new Promise((closed) => server.close(closed)));
    });
  });
}
