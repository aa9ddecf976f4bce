import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type WebSocket, WebSocketServer } from "ws";
import { ConversationId, GenerationId } from "../src/protocol/ids.ts";
import { createOutbox } from "../src/ws/outbox.ts";
import { createViewers } from "../src/ws/viewers.ts";

const FRAMES = 60;
const PAUSE_MS = 50;

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
await once(server, "listening");
const sockets: WebSocket[] = [];
const generationId = GenerationId.parse(crypto.randomUUID());
const conversationId = ConversationId.parse(crypto.randomUUID());
const viewers = createViewers(conversationId, () => undefined);
server.on("connection", (socket) => {
  sockets.push(socket);
  const { send, sendDelta } = createOutbox(socket, () => undefined);
  viewers.add({ send, sendDelta, reset: () => undefined }, () => undefined);
});

/** As it comes from Redis: a string that is sent on as it is. */
const frame = JSON.stringify({
  type: "delta",
  conversationId,
  generationId,
  fence: 1_780_000_000_000,
  at: 12_345,
  text: " a few words of an answer",
});
const position = { fence: 1, textLength: 0, reasoningLength: 0 };

const bare = () => {
  for (const socket of sockets) socket.send(frame);
};
const ours = () => viewers.sendDelta(generationId, frame, position);

/** CPU per watcher and frame, in µs, what the kernel does for it included. */
async function cost(send: () => void, frames: number): Promise<number> {
  const before = process.cpuUsage();
  for (let sent = 0; sent < frames; sent += 1) {
    send();
    await sleep(PAUSE_MS);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / frames / sockets.length;
}

process.on("message", (message) => {
  const measure = async () => {
    const costs = { bareUs: 0, oursUs: 0 };
    const rounds = message === "warm" ? 1 : 3;
    // In turns, so that what else the machine does meets both.
    for (let round = 0; round < rounds; round += 1) {
      costs.bareUs += (await cost(bare, FRAMES / rounds)) / rounds;
      costs.oursUs += (await cost(ours, FRAMES / rounds)) / rounds;
    }
    process.send?.(costs);
  };
  measure().catch(() => process.exit(1));
});
const { port } = server.address() as AddressInfo;
process.send?.({ url: `ws://127.0.0.1:${port}/` });
