import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request,
} from "node:http";
import { type AddressInfo, connect } from "node:net";
import { onTestFinished } from "vitest";

/** What a proxy on the way does that it should not. */
export interface Meddling {
  readonly request?: (headers: IncomingHttpHeaders) => IncomingHttpHeaders;
  readonly answer?: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;
  /** Where a path leads, instead of to the next. */
  readonly routes?: Readonly<Record<string, number>>;
  /** How long it collects what it passes on, in ms. */
  readonly collectMs?: number;
  /** Answers that it must not collect: what a stream begins with. */
  readonly atOnce?: RegExp;
}

/** A proxy that meddles, before the one on `target`. @returns its port. */
export async function meddle(target: number, meddling: Meddling): Promise<number> {
  const { routes = {}, collectMs = 0, atOnce = /^$/ } = meddling;
  const changed = meddling.request ?? ((headers) => headers);
  const sockets = new Set<{ destroy(): void }>();

  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (incoming, outgoing) => {
    const port = routes[incoming.url ?? ""] ?? target;
    const { url: path, method } = incoming;
    const headers = changed(incoming.headers);
    const forwarded = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      outgoing.writeHead(
        answer.statusCode ?? 502,
        meddling.answer?.({ ...answer.headers }) ?? answer.headers,
      );
      if (collectMs === 0) {
        answer.pipe(outgoing);
        return;
      }
      let collected: Buffer[] = [];
      const flush = () => {
        if (collected.length > 0) outgoing.write(Buffer.concat(collected));
        collected = [];
      };
      const timer = setInterval(flush, collectMs);
      answer.on("data", (chunk: Buffer) => {
        collected.push(chunk);
        if (atOnce.test(chunk.toString())) flush();
      });
      answer.once("close", () => {
        clearInterval(timer);
        flush();
        outgoing.end();
      });
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.once("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  server.on("upgrade", (incoming, client, head) => {
    const lines = Object.entries(changed(incoming.headers)).map(
      ([name, value]) => `${name}: ${String(value)}\r\n`,
    );
    const upstream = connect(target, "127.0.0.1");
    upstream.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
    upstream.write(head);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => undefined);
      one.once("close", () => other.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
