import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** How the pipe reads the model server: as most programs would, or as cheaply as Node can. */
export type PipeReader = "fetch" | "http";

export interface BasePipe {
  /** Of its WebSocket. */
  readonly url: string;
  close(): void;
}

async function openStream(
  reader: PipeReader,
  url: string,
  body: string,
): Promise<AsyncIterable<Uint8Array>> {
  const headers = { "content-type": "application/json" };
  if (reader === "fetch") {
    const response = await fetch(url, { method: "POST", headers, body });
    if (response.body === null) throw new Error("no body");
    return response.body;
  }
  const sent = httpRequest(url, { method: "POST", headers });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [AsyncIterable<Uint8Array>];
  return response;
}

/**
 * What every budget of a token is held against: server-sent events in, WebSocket frames out, one
 * parse and one serialisation a token, in one process, and nothing else: no store, no second reader,
 * no resume. A frame `{tokens}` asks; `{type:"delta",text}` and `{type:"end"}` answer.
 */
export async function createBasePipe(modelUrl: string, reader: PipeReader): Promise<BasePipe> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.on("connection", (socket) => {
    const answer = async (question: string) => {
      const body = JSON.stringify({
        model: "tgi",
        stream: true,
        messages: [{ role: "user", content: question }],
      });
      const decoder = new TextDecoder();
      let rest = "";
      for await (const bytes of await openStream(reader, `${modelUrl}/v1/chat/completions`, body)) {
        const events = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
        rest = events.pop() ?? "";
        for (const event of events) {
          const data = event.slice("data: ".length);
          if (data === "[DONE]") continue;
          const text: string = JSON.parse(data).choices[0]?.delta.content ?? "";
          if (text !== "") socket.send(JSON.stringify({ type: "delta", text }));
        }
      }
      socket.send('{"type":"end"}');
    };
    socket.on("message", (data) => {
      answer(String(data)).catch(() => socket.terminate());
    });
  });
  return { url: `ws://127.0.0.1:${port}`, close: () => server.close() };
}

if (import.meta.main) {
  const [modelUrl = "", reader = "fetch"] = process.argv.slice(2);
  const pipe = await createBasePipe(modelUrl, reader === "http" ? "http" : "fetch");
  process.send?.({ url: pipe.url });
}
