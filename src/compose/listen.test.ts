import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Hono } from "hono";
import { expect, onTestFinished, test } from "vitest";
import { listen, patienceFor, portOf } from "./listen.ts";

const QUICK = { headMs: 300, requestMs: 600, lookMs: 50 };

async function open(patience = QUICK): Promise<Socket> {
  const app = new Hono();
  app.onError((_error, c) => c.text("gone", 500));
  app.post("/", async (c) => c.text(`got ${(await c.req.text()).length}`));
  app.get("/", (c) => c.text("hello"));
  const server = await listen(app, "127.0.0.1", 0, undefined, patience);
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const socket = connect(portOf(server), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** What comes until the connection ends, in whatever way. */
async function allFrom(socket: Socket): Promise<string> {
  const chunks: string[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("close", resolve));
  return chunks.join("");
}

/** Sends a byte now and then, for as long as the other side listens. */
function drip(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 20);
  socket.once("close", () => clearInterval(timer));
}

test("a connection that says nothing is closed", async () => {
  const socket = await open();
  expect(await allFrom(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
});

test("a head that comes byte by byte is not waited for", async () => {
  const socket = await open();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  drip(socket, "a");
  expect(await allFrom(socket)).toMatch(/^(HTTP\/1.1 408 |$)/);
});

test("a body that comes byte by byte is not waited for", async () => {
  const socket = await open();
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  drip(socket, "a");
  expect(await allFrom(socket)).not.toContain("got");
});

test("a head may be long, and no longer", async () => {
  const head = (bytes: number) =>
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${"a".repeat(bytes)}\r\n\r\n`;
  const long = await open(patienceFor(0));
  long.write(head(24 * 1024));
  expect(await allFrom(long)).toContain("200 OK");
  const bomb = await open(patienceFor(0));
  bomb.write(head(40 * 1024));
  expect(await allFrom(bomb)).toContain("431 ");
});

test("many small headers are as bounded as one that is long", async () => {
  const bomb = await open(patienceFor(0));
  const lines = Array.from({ length: 5_000 }, (_, line) => `x-${line}: y\r\n`).join("");
  bomb.write(`GET / HTTP/1.1\r\nHost: x\r\n${lines}\r\n`);
  expect(await allFrom(bomb)).toContain("431 ");
});

test("the longest body has the time that it needs on a slow line", () => {
  expect(patienceFor(262_144).requestMs).toBe(60_000);
  expect(patienceFor(16 * 1024 * 1024).requestMs).toBe(128_000);
});
