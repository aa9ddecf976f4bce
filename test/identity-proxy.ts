import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

/** A sign-in proxy in front of the app, as oauth2-proxy is: a cookie stands for a session. */
export interface IdentityProxy {
  readonly url: string;
  /** Who is signed in with `session` as their cookie; `undefined`: the session has expired. */
  signedIn: string | undefined;
  /** Cuts open sockets, as a proxy does that is restarted. */
  cut(): void;
}

const HEADER = "x-forwarded-user";

/**
 * Forwards to `target` what comes from who is signed in. Others get 401 for the API and are led to
 * a page with a "Log in" button otherwise; pressing it signs `user` in and leads back.
 * `proofOf` makes the proof that goes with a request of theirs.
 */
export async function startIdentityProxy(
  target: string,
  user: string,
  proofOf?: (user: string) => Promise<string>,
): Promise<IdentityProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<{ destroy(): void }>();
  const headersOf = async ({ headers }: IncomingMessage, userId: string) => ({
    ...headers,
    [HEADER]: userId,
    ...(proofOf && { authorization: `Bearer ${await proofOf(userId)}` }),
  });

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const address = new URL(incoming.url ?? "/", "http://proxy");
    if (address.pathname === "/login") {
      outgoing.setHeader("content-type", "text/html");
      const back = address.searchParams.get("rd") ?? "/";
      if (incoming.method !== "POST") {
        outgoing.end(`<form method="post"><button>Log in</button></form>`);
        return;
      }
      proxy.signedIn = user;
      outgoing.writeHead(303, { location: back }).end();
      return;
    }
    if (address.pathname === "/oauth2/sign_out") {
      proxy.signedIn = undefined;
      outgoing.writeHead(302, { location: "/" }).end();
      return;
    }
    if (proxy.signedIn === undefined) {
      if (address.pathname.startsWith("/api/")) outgoing.writeHead(401).end();
      else {
        const location = `/login?rd=${encodeURIComponent(incoming.url ?? "/")}`;
        outgoing.writeHead(302, { location }).end();
      }
      return;
    }
    const forwarded = request(
      {
        hostname,
        port,
        path: incoming.url,
        method: incoming.method,
        headers: await headersOf(incoming, proxy.signedIn),
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  }

  server.on("upgrade", (incoming, client, head) => {
    upgrade(incoming, client, head).catch(() => client.destroy());
  });
  async function upgrade(incoming: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    if (proxy.signedIn === undefined) {
      client.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const lines = Object.entries(await headersOf(incoming, proxy.signedIn)).map(
      ([name, value]) => `${name}: ${String(value)}`,
    );
    const upstream = connect(Number(port), hostname);
    upstream.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.once("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(async () => {
    cut();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const proxy: IdentityProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signedIn: user,
    cut,
  };
  return proxy;
}
