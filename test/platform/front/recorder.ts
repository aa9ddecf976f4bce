import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Header names and values, as they came. */
export type Seen = readonly (readonly [name: string, value: string])[];

/** A server in the app's place that keeps what it is sent. */
export interface Recorder {
  readonly url: string;
  /** The headers of every request and upgrade so far, the last one last. */
  readonly seen: readonly Seen[];
}

/** Answers 200, and refuses upgrades: what matters is what arrived. */
export async function startRecorder(): Promise<Recorder> {
  const seen: Seen[] = [];
  const keep = (raw: readonly string[]) =>
    seen.push(
      raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""]] : [])),
    );
  const server = createServer((request, response) => {
    keep(request.rawHeaders);
    response.end("seen");
  });
  server.on("upgrade", (request, socket) => {
    keep(request.rawHeaders);
    socket.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
