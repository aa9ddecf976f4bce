import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createEndpoint } from "./endpoint.ts";

const never = new AbortController().signal;

/** A server that sends everyone on to `path` of its own, and counts who comes there. */
async function startElsewhere(status: number) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    response.writeHead(request.url === "/elsewhere" ? 200 : status, {
      "content-type": "application/json",
      location: "/elsewhere",
    });
    response.end('{"taken":"in"}');
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { paths, endpoint: createEndpoint({ url: `http://127.0.0.1:${port}` }) };
}

test.each([301, 302, 307, 308])(
  "a model server that points elsewhere by %i is not followed",
  async (status) => {
    const { paths, endpoint } = await startElsewhere(status);
    await expect(endpoint.ask("/info", never)).rejects.toMatchObject({ status });
    await expect(endpoint.ask("/tokenize", never, {})).rejects.toMatchObject({ status });
    await expect(endpoint.stream("/chat", {}, never)).rejects.toMatchObject({ status });
    expect(paths).toEqual(["/info", "/tokenize", "/chat"]);
  },
);
