import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A network between a client and a server on loopback, which a test can cut and mend. */
export interface TcpProxy {
  readonly port: number;
  /** Ends every connection and refuses new ones. */
  cut(): void;
  mend(): void;
  /** Takes no more from the server, until called back: its buffers fill. */
  clog(): () => void;
  close(): Promise<void>;
}

/** Forwards a port of its own to `target`. */
export async function createTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  /** Connections to the target, and who is behind each. */
  const upstreams = new Map<Socket, Socket>();
  let open = true;
  const server = createServer((client) => {
    if (!open) {
      client.destroy();
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    upstreams.set(upstream, client);
    upstream.once("close", () => upstreams.delete(upstream));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => undefined);
      one.once("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      open = false;
      drop();
    },
    mend() {
      open = true;
    },
    clog() {
      const clogged = [...upstreams];
      for (const [upstream] of clogged) upstream.unpipe().pause();
      return () => {
        for (const [upstream, client] of clogged) upstream.pipe(client);
      };
    },
    async close() {
      drop();
      server.close();
      await once(server, "close");
    },
  };
}
