import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { closeGently } from "./close-gently.ts";

async function serve() {
  const state = { draining: false };
  const server = createServer((_request, response) => {
    if (state.draining) response.setHeader("Connection", "close");
    response.end("whole");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.closeAllConnections());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const { port } = server.address() as AddressInfo;
  async function ask(): Promise<string> {
    const request = get({ host: "127.0.0.1", port, agent });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return (await response.toArray()).join("");
  }
  return { server, state, ask };
}

test("a request on a connection that was kept is answered while the server closes", async () => {
  const { server, state, ask } = await serve();
  expect(await ask()).toBe("whole");
  state.draining = true;
  const closed = closeGently(server, 500);
  expect(await ask()).toBe("whole");
  await closed;
  await expect(ask()).rejects.toThrow("ECONNREFUSED");
});

test("a server that nobody is connected to closes at once", async () => {
  const { server } = await serve();
  await closeGently(server, 3_600_000);
  expect(server.listening).toBe(false);
});
