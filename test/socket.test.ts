import { connect as connectTcp } from "node:net";
import { expect, inject, onTestFinished, test } from "vitest";
import type { ServerFrame } from "../src/protocol/frames.ts";
import { type AppProcess, startApp } from "./app-process.ts";
import { ask, type ChatClient, call, connect, createConversation } from "./chat-client.ts";

const ECHO = JSON.stringify([{ id: "echo", engines: [{ type: "echo", delayMs: 0 }] }]);

async function start(more: Readonly<Record<string, string>> = {}): Promise<AppProcess> {
  return await startApp({ REDIS_OM_URL: `${inject("redisUrl")}/15`, MODELS: ECHO, ...more });
}

const someone = () => `user-${crypto.randomUUID()}`;
const isError = (ref?: string) => (frame: ServerFrame) =>
  frame.type === "error" && (ref === undefined || frame.ref === ref);

/** Proof that the socket still lives. */
async function answersPing(client: ChatClient): Promise<void> {
  const at = Math.random();
  client.send({ type: "ping", at });
  await client.frame((frame) => frame.type === "pong" && frame.at === at);
}

test("greets with who one is, and how often to ping", async () => {
  const { url } = await start();
  const user = someone();
  const client = await connect(url, { user });
  expect(client.frames[0] ?? (await client.frame(() => true))).toMatchObject({
    type: "hello",
    protocol: 1,
    user: { id: user, groups: [] },
  });
});

test("refuses an upgrade without identity or from another origin, in HTTP", async () => {
  const { url } = await start();
  for (const [headers, status] of [
    [{ "X-Forwarded-User": "" }, 401],
    [{ "X-Forwarded-User": "a,b" }, 401],
    [{ x_forwarded_user: "b" }, 401],
    [{ Origin: "https://evil.test" }, 403],
    [{ Origin: "null" }, 403],
    [{ "Sec-Fetch-Site": "cross-site" }, 403],
  ] as const) {
    await expect(connect(url, { headers })).rejects.toThrow(`refused with ${status}`);
  }
  await connect(url, { headers: { Origin: url } });
});

test("closes with 4400 for what is no frame, and ignores a type it does not know", async () => {
  const { url } = await start();
  const client = await connect(url);
  client.send({ type: "dance", conversationId: "x" });
  client.send({ type: "typing", conversationId: crypto.randomUUID(), text: "…" });
  await answersPing(client);
  for (const bad of [
    "hello",
    "[]",
    "null",
    '{"kind":"ping"}',
    '{"type":7}',
    "{",
    "[".repeat(50_000),
  ]) {
    const one = await connect(url);
    one.send(bad);
    expect(await one.closed).toBe(4400);
  }
});

test("says what is wrong with a frame, and stays open", async () => {
  const { url } = await start();
  const client = await connect(url);
  const conversationId = (await createConversation(url)).id;
  const messageId = crypto.randomUUID();
  const send = { type: "send", conversationId, messageId, content: "hi" };
  const bad: object[] = [
    { ...send, content: "" },
    { ...send, content: "x".repeat(32_001) },
    { ...send, content: "\ud800" },
    { ...send, content: "a\u0000b" },
    { ...send, content: 7 },
    { ...send, content: { deep: [[[[]]]] } },
    { ...send, extra: true },
    { ...send, parentId: "root" },
    { ...send, model: "no such model" },
  ];
  for (const [count, frame] of bad.entries()) {
    client.send(frame);
    await expect.poll(() => client.frames.filter(isError(messageId)).length).toBe(count + 1);
  }
  expect(new Set(client.frames.filter(isError()).map((f) => f.type === "error" && f.code))).toEqual(
    new Set(["invalid"]),
  );
  await answersPing(client);
  const stored = await call(url, "GET", `/api/conversations/${conversationId}/messages`);
  expect(await stored.json()).toEqual({ items: [] });
});

test("closes with 1009 for a frame beyond the bound", async () => {
  const { url } = await start();
  const client = await connect(url);
  client.send(JSON.stringify({ type: "ping", at: 1, pad: "x".repeat(270_000) }));
  expect(await client.closed).toBe(1009);
  await connect(url);
});

test("answers alike for another's conversation and for an unknown one", async () => {
  const { url } = await start();
  const mine = someone();
  const { id: theirs } = await createConversation(url, someone());
  const client = await connect(url, { user: mine });
  const texts: string[] = [];
  for (const conversationId of [theirs, crypto.randomUUID()]) {
    const id = crypto.randomUUID();
    const frames: [string, object][] = [
      [conversationId, { type: "subscribe" }],
      [id, { type: "send", messageId: id, content: "hi" }],
      [id, { type: "regenerate", requestId: id, parentId: crypto.randomUUID() }],
      [id, { type: "stop", generationId: id }],
    ];
    let seen = "";
    for (const [ref, frame] of frames) {
      const before = client.frames.length;
      client.send({ ...frame, conversationId });
      const error = await client.frame(
        (one) => isError(ref)(one) && client.frames.indexOf(one) >= before,
      );
      if (error.type === "error") seen += `${error.code} ${error.message};`;
    }
    texts.push(seen);
  }
  expect(texts[0]).toContain("not_found");
  expect(texts[0]).toBe(texts[1]);
});

test("acts on a question before any subscription, and sends nothing after unsubscribing", async () => {
  const { url } = await start();
  const { id } = await createConversation(url);
  const [asking, watching] = [await connect(url), await connect(url)];
  watching.send({ type: "subscribe", conversationId: id });
  await watching.frame(({ type }) => type === "subscribed");
  const first = await ask(asking, id, "one");
  expect((await watching.ended(first.generationId)).text).toBe("one");
  watching.send({ type: "unsubscribe", conversationId: id });
  await answersPing(watching);
  const before = watching.frames.filter((frame) => "conversationId" in frame).length;
  const { generationId } = await ask(asking, id, "two");
  await expect
    .poll(async () =>
      (await (await call(url, "GET", `/api/conversations/${id}/messages`)).text()).includes(
        generationId,
      ),
    )
    .toBe(true);
  await answersPing(watching);
  expect(watching.frames.filter((frame) => "conversationId" in frame)).toHaveLength(before);
  expect(asking.frames.some(({ type }) => type === "delta")).toBe(false);
});

test("shows every tab of a user what changes in the list, and no one else's", async () => {
  const { url } = await start();
  const user = someone();
  const [tab, stranger] = [await connect(url, { user }), await connect(url, { user: someone() })];
  const seen = (client: ChatClient, type: string) =>
    client.frame((frame) => frame.type === "event" && "log" in frame && frame.event.type === type);
  await Promise.all([tab, stranger].map((client) => seen(client, "conversations.changed")));
  const { id } = await createConversation(url, user);
  expect(await seen(tab, "conversation.created")).toMatchObject({
    event: { conversation: { id } },
  });
  await call(url, "PATCH", `/api/conversations/${id}`, { title: "Named" }, { user });
  expect(await seen(tab, "conversation.updated")).toMatchObject({
    event: { conversation: { title: "Named" } },
  });
  await call(url, "DELETE", `/api/conversations/${id}`, undefined, { user });
  expect(await seen(tab, "conversation.deleted")).toMatchObject({ event: { conversationId: id } });
  await answersPing(stranger);
  expect(stranger.frames.filter((frame) => frame.type === "event")).toHaveLength(1);
});

test("tells who watches a conversation that it was renamed, and that it was deleted", async () => {
  const { url } = await start();
  const { id } = await createConversation(url);
  const client = await connect(url);
  client.send({ type: "subscribe", conversationId: id });
  await client.frame(({ type }) => type === "subscribed");
  await call(url, "PATCH", `/api/conversations/${id}`, { title: "Named" });
  expect(
    await client.frame(
      (frame) =>
        frame.type === "event" &&
        "conversationId" in frame &&
        frame.event.type === "conversation.updated",
    ),
  ).toMatchObject({ event: { conversation: { title: "Named" } } });
  await call(url, "DELETE", `/api/conversations/${id}`);
  await client.frame(
    (frame) =>
      frame.type === "event" &&
      "conversationId" in frame &&
      frame.event.type === "conversation.deleted",
  );
  await answersPing(client);
});

test("lets one user hold a hundred sockets, and closes one more with 4429", async () => {
  const { url } = await start();
  const user = someone();
  const clients = await Promise.all(Array.from({ length: 100 }, () => connect(url, { user })));
  const more = await connect(url, { user });
  expect(await more.closed).toBe(4429);
  clients[0]?.close();
  await clients[0]?.closed;
  await answersPing(await connect(url, { user }));
});

test("closes a socket that reads nothing, while others go on", async () => {
  const { url, adminUrl } = await start();
  const { id } = await createConversation(url);
  const stuck = connectTcp(Number(new URL(url).port), "127.0.0.1");
  onTestFinished(() => {
    stuck.destroy();
  });
  stuck.write(
    [
      "GET /api/ws HTTP/1.1",
      `Host: ${new URL(url).host}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "X-Forwarded-User: alice",
      "\r\n",
    ].join("\r\n"),
  );
  await new Promise((resolve) => stuck.once("data", resolve));
  stuck.pause();
  const frame = Buffer.from(JSON.stringify({ type: "subscribe", conversationId: id }));
  // A masked text frame with a mask of zeros.
  stuck.write(Buffer.concat([Buffer.from([0x81, 0x80 | frame.length, 0, 0, 0, 0]), frame]));
  const fast = await connect(url);
  fast.send({ type: "subscribe", conversationId: id });
  await fast.frame(({ type }) => type === "subscribed");
  const text = "x".repeat(32_000);
  const sockets = async () => {
    const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
    return Number(/^chatbot_sockets (\d+)$/m.exec(metrics)?.[1]);
  };
  // More than the kernel's buffers and ours can hold for one who reads nothing.
  for (let round = 0; round < 250; round += 1) {
    const { generationId } = await ask(fast, id, text, { parentId: null });
    expect((await fast.ended(generationId)).text).toBe(text);
  }
  await expect.poll(sockets, { timeout: 30_000 }).toBe(1);
  await answersPing(fast);
}, 60_000);
