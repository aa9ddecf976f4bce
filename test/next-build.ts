import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { serve } from "./serve.ts";

/** A deployment that can be brought to another build, of which every file has another name. */
export interface Deployment {
  readonly url: string;
  /** From now on only the next build is served: files of the one before are gone. */
  deploy(): void;
}

/** What the names of the next build's files have before their hash. */
const MARK = "next.";

/** The page that `target` serves, under another build's names once it is deployed. */
export async function startDeployment(target: string): Promise<Deployment> {
  const { hostname, port } = new URL(target);
  let deployed = false;

  const server = createServer((incoming, outgoing) => {
    forward(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(incoming.url ?? "/", "http://proxy");
    const path = deployed ? nameBefore(pathname) : pathname;
    if (path === undefined) {
      outgoing.writeHead(404).end();
      return;
    }
    const {
      connection: _,
      "accept-encoding": __,
      "if-none-match": ___,
      ...headers
    } = incoming.headers;
    const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
    const response = await fetch(`${target}${path}${search}`, {
      method: incoming.method ?? "GET",
      headers: { ...(headers as Record<string, string>), "accept-encoding": "identity" },
      ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" }),
    });
    for (const [name, value] of response.headers) {
      if (!["content-length", "etag", "transfer-encoding", "connection"].includes(name)) {
        outgoing.setHeader(name, value);
      }
    }
    outgoing.statusCode = response.status;
    const type = response.headers.get("content-type") ?? "";
    const isPage = /html|javascript|css/.test(type) && !pathname.startsWith("/api/");
    if (!deployed || !isPage) outgoing.end(Buffer.from(await response.arrayBuffer()));
    else outgoing.end(renamed(await response.text()));
  }

  server.on("upgrade", (incoming, client, head) => {
    const lines = Object.entries(incoming.headers).map(([name, value]) => `${name}: ${value}`);
    const upstream = connect(Number(port), hostname);
    upstream.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    upstream.write(head);
    client.pipe(upstream).pipe(client);
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.once("close", () => upstream.destroy());
  });
  return {
    url: await serve(server),
    deploy: () => {
      deployed = true;
    },
  };
}

/** What a file of the next build was called in the one before; `undefined` for one that is gone. */
function nameBefore(path: string): string | undefined {
  if (!/^\/assets\/.*\.(?:js|css)$/.test(path)) return path;
  return path.includes(MARK) ? path.replace(MARK, "") : undefined;
}

/** A file as it is in the next build: it names the others, and the worker its version, anew. */
function renamed(text: string): string {
  return text
    .replaceAll(/-([\w-]{8}\.(?:js|css))\b/g, `-${MARK}$1`)
    .replace(/[0-9a-f]{8}(?=[0-9a-f]{8}\|\/)/, "00000002");
}
