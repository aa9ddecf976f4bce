import { expect, onTestFinished, test } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { ask, call, connect, createConversation, storedMessages } from "./chat-client.ts";
import { createModelServer, type ModelServerOptions } from "./model-server.ts";
import { type RedisServerOptions, startRedisServer } from "./redis-server.ts";

/** A few seconds at 20 tokens a second: still running when another process has started. */
const LONG = Array.from({ length: 25 }, (_, line) => `Line ${line}: 青い 😀.\n`).join("");
const ANSWER = "Blue light scatters more: 青い 😀, and that is **why** the sky is blue.";

async function setUp(options: ModelServerOptions = {}, redisOptions: RedisServerOptions = {}) {
  const redis = await startRedisServer(redisOptions);
  onTestFinished(() => redis.stop());
  const model = await createModelServer({ answer: ANSWER, tokensPerSecond: 200, ...options });
  onTestFinished(() => model.close());
  const env = {
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    LEASE_MS: "1000",
    RETRY_SECONDS: "1",
  };
  const start = (more: Readonly<Record<string, string>> = {}) => startApp({ ...env, ...more });
  return { redis, model, start };
}

async function watching({ url }: AppProcess, conversationId: string, after?: string) {
  const client = await connect(url);
  client.send({ type: "subscribe", conversationId, ...(after ? { after } : {}) });
  await client.frame((frame) => frame.type === "subscribed");
  return client;
}

test("a question asked in one tab is answered in every tab, and stored as the model said it", async () => {
  const { start } = await setUp();
  const app = await start();
  const { id } = await createConversation(app.url);
  const [tab, other] = [await watching(app, id), await watching(app, id)];
  const { messageId, generationId } = await ask(tab, id, "Why is the sky blue?");
  for (const client of [tab, other]) {
    expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
  }
  const messages = await storedMessages(app.url, id);
  expect(messages).toMatchObject([
    { id: messageId, parentId: null, role: "user", content: "Why is the sky blue?" },
    { id: generationId, parentId: messageId, role: "assistant", content: ANSWER, status: "done" },
  ]);
  expect(messages[1]?.metadata).toMatchObject({ engine: "tgi", finishReason: "stop" });
});

test("a question asked of one process is answered by another and watched on a third", async () => {
  const { start } = await setUp();
  const [asked, watched] = await Promise.all([
    start({ ROLE: "web" }),
    start({ ROLE: "web" }),
    start({ ROLE: "worker" }),
  ]);
  const { id } = await createConversation(asked.url);
  const viewer = await watching(watched, id);
  const { generationId } = await ask(await connect(asked.url), id, "Why?");
  expect(await viewer.ended(generationId)).toMatchObject({ text: ANSWER });
});

test("a tab that reloads in mid-answer sees it go on, with a cursor and without", async () => {
  const { start } = await setUp({ tokensPerSecond: 20 });
  const app = await start();
  const { id } = await createConversation(app.url);
  const first = await watching(app, id);
  const { generationId } = await ask(first, id, "Why?");
  await first.frame((frame) => frame.type === "delta");
  const cursor = first.cursors.get(id) ?? "";
  first.close();
  const [resumed, fresh] = [await watching(app, id, cursor), await watching(app, id)];
  for (const [client, mode] of [
    [resumed, "replay"],
    [fresh, "snapshot"],
  ] as const) {
    const frame = await client.frame(({ type }) => type === "subscribed");
    expect(frame).toMatchObject({ mode, generations: [{ generationId, status: "running" }] });
    expect(await client.ended(generationId)).toMatchObject({ text: ANSWER });
  }
});

test("the same question sent again gets the same answer, over any connection", async () => {
  const { start, model } = await setUp();
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const { messageId, generationId } = await ask(client, id, "Why?");
  await client.ended(generationId);
  const again = await connect(app.url);
  again.send({ type: "send", conversationId: id, messageId, content: "something else" });
  expect(await again.frame(({ type }) => type === "ack")).toMatchObject({
    messageId,
    generationId,
  });
  const http = await call(app.url, "POST", `/api/conversations/${id}/messages`, {
    id: messageId,
    content: "and over HTTP",
  });
  expect(http.status).toBe(202);
  expect(await http.json()).toMatchObject({ message: { content: "Why?" }, generationId });
  const questions = model.generations.filter(({ body }) => JSON.stringify(body).includes("Why?"));
  expect(questions.filter(({ body }) => !JSON.stringify(body).includes("title"))).toHaveLength(1);
});

test("stop ends a running answer from another process, and closes the upstream request", async () => {
  const { start, model } = await setUp({ tokensPerSecond: 20, answer: "word ".repeat(500) });
  const [one, two] = await Promise.all([start(), start({ ROLE: "web" })]);
  const { id } = await createConversation(one.url);
  const client = await watching(one, id);
  const { generationId } = await ask(client, id, "Tell me a lot");
  await client.frame((frame) => frame.type === "delta");
  const stopped = await call(
    two.url,
    "POST",
    `/api/conversations/${id}/generations/${generationId}/stop`,
    {},
  );
  expect(stopped.status).toBe(202);
  expect((await client.ended(generationId)).status).toBe("stopped");
  expect(await (await model.arrived(1)).closed).toBe("client");
  const [, answer] = await storedMessages(one.url, id);
  expect(answer?.status).toBe("stopped");
  expect(answer?.content).toBe(client.generations.get(generationId)?.text);
});

test("stop before the first character leaves nothing under way", async () => {
  const { start, model } = await setUp();
  const app = await start();
  model.fault({ type: "hang", after: 0 });
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const { generationId } = await ask(client, id, "Why?");
  const upstream = await model.arrived(1);
  client.send({ type: "stop", conversationId: id, generationId, requestId: crypto.randomUUID() });
  expect(await client.ended(generationId)).toMatchObject({ status: "stopped", text: "" });
  expect(await upstream.closed).toBe("client");
  const conversation = await call(app.url, "GET", `/api/conversations/${id}`);
  expect(await conversation.json()).toMatchObject({ generating: false });
});

test("a follow-up sent while an answer streams is answered after it", async () => {
  const { start, model } = await setUp({ tokensPerSecond: 50 });
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const first = await ask(client, id, "first");
  const second = await ask(client, id, "second");
  await client.ended(second.generationId);
  const prompts = model.generations.map(({ body }) => JSON.stringify(body));
  expect(prompts.find((prompt) => prompt.includes("second"))).toContain("that is **why**");
  expect((await client.ended(first.generationId)).text).toBe(ANSWER);
});

test("an edited question and another answer stand beside the first ones", async () => {
  const { start } = await setUp();
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const first = await ask(client, id, "Why?", { parentId: null });
  await client.ended(first.generationId);
  const edited = await ask(client, id, "Why, really?", { parentId: null });
  await client.ended(edited.generationId);
  const requestId = crypto.randomUUID();
  client.send({
    type: "regenerate",
    conversationId: id,
    requestId,
    parentId: first.messageId,
  });
  const ack = await client.frame((frame) => frame.type === "ack" && frame.requestId === requestId);
  if (ack.type !== "ack") throw new Error("no ack");
  await client.ended(ack.generationId);
  const messages = await storedMessages(app.url, id);
  expect(messages.map(({ parentId }) => parentId)).toEqual([
    null,
    first.messageId,
    null,
    edited.messageId,
    first.messageId,
  ]);
});

test("waits for the answer where asked to, and resumes events after a cursor", async () => {
  const { start } = await setUp();
  const app = await start();
  const { id } = await createConversation(app.url);
  const waited = await call(
    app.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "Why?" },
    { headers: { Prefer: "wait=30" } },
  );
  expect(waited.status).toBe(200);
  expect(await waited.json()).toMatchObject({ answer: { content: ANSWER, status: "done" } });
  const stream = await call(app.url, "GET", `/api/conversations/${id}/events`, undefined, {
    headers: { "Last-Event-ID": "0-0" },
  });
  let text = "";
  for await (const chunk of stream.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes("generation.finished")) break;
  }
  const types = [...text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
  expect(types).toEqual([
    "subscribed",
    "message.created",
    "generation.queued",
    "generation.started",
    "generation.finished",
  ]);
});

test("a broken stream goes on from its text; a cut one is never shown as finished", async () => {
  const { start, model } = await setUp();
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  model.fault({ type: "reset", after: 7 });
  const healed = await ask(client, id, "Why?");
  expect(await client.ended(healed.generationId)).toMatchObject({
    status: "finished",
    text: ANSWER,
  });
  model.fault(...Array.from({ length: 40 }, () => ({ type: "end", after: 2 }) as const));
  const cut = await ask(client, id, "Why again?");
  const seen = await client.ended(cut.generationId);
  expect(seen.status).toBe("failed");
  expect(ANSWER.startsWith(seen.text)).toBe(true);
  const stored = (await storedMessages(app.url, id)).find(
    ({ id: one }) => one === cut.generationId,
  );
  expect(stored).toMatchObject({ status: "failed", content: seen.text });
});

test("an answer outlives its worker: another goes on from the very character", async () => {
  const { start } = await setUp({ tokensPerSecond: 20 });
  const web = await start({ ROLE: "web" });
  const [first] = await Promise.all([start({ ROLE: "worker" })]);
  const { id } = await createConversation(web.url);
  const client = await watching(web, id);
  const { generationId } = await ask(client, id, "Why?");
  await client.frame((frame) => frame.type === "delta");
  await first.end("SIGKILL");
  await start({ ROLE: "worker" });
  expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
  const [, answer] = await storedMessages(web.url, id);
  expect(answer).toMatchObject({ content: ANSWER, metadata: { continued: 1 } });
});

test("SIGTERM hands over in mid-sentence, tells sockets to move and exits with 0", async () => {
  const { start } = await setUp({ tokensPerSecond: 20, answer: LONG });
  const first = await start();
  const { id } = await createConversation(first.url);
  const client = await watching(first, id);
  const { generationId } = await ask(client, id, "Why?");
  await client.frame((frame) => frame.type === "delta");
  const second = await start();
  const exited = first.end("SIGTERM");
  expect(await client.closed).toBe(1012);
  expect(client.frames.at(-1)).toMatchObject({ type: "draining" });
  expect(await exited).toBe(0);
  const moved = await watching(second, id, client.cursors.get(id) ?? "");
  expect(await moved.ended(generationId)).toMatchObject({ text: LONG });
});

test("a store that goes away is said, and all heals when it is back", async () => {
  const { start, redis } = await setUp({ tokensPerSecond: 10 }, { persistent: true });
  const app = await start();
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const { generationId } = await ask(client, id, "Why?");
  await client.frame((frame) => frame.type === "delta");
  await redis.kill("SIGKILL");
  await expect.poll(async () => (await fetch(`${app.adminUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${app.adminUrl}/livez`)).status).toBe(200);
  const refused = await call(app.url, "GET", "/api/conversations");
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: "unavailable" });
  client.send({ type: "send", conversationId: id, messageId: crypto.randomUUID(), content: "?" });
  expect(await client.frame((frame) => frame.type === "error")).toMatchObject({
    code: "unavailable",
  });
  await redis.restart();
  expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
  expect((await storedMessages(app.url, id))[1]?.content).toBe(ANSWER);
});

test("without a model server the app starts, says so, fails a question, and a retry continues", async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const gone = await createModelServer();
  const port = Number(new URL(gone.url).port);
  await gone.close();
  const app = await startApp({
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: gone.url,
    RETRY_SECONDS: "0",
  });
  const models = async () =>
    (await (await call(app.url, "GET", "/api/models")).json()) as { items: { status: string }[] };
  await expect.poll(async () => (await models()).items[0]?.status).toBe("unavailable");
  const { id } = await createConversation(app.url);
  const client = await watching(app, id);
  const failed = await ask(client, id, "Why?");
  expect((await client.ended(failed.generationId)).status).toBe("failed");
  expect(
    client.frames.find(
      (frame) => frame.type === "event" && frame.event.type === "generation.failed",
    ),
  ).toMatchObject({ event: { code: "unavailable", retryable: true } });
  const back = await createModelServer({ port, answer: ANSWER });
  onTestFinished(() => back.close());
  const retried = await call(app.url, "POST", `/api/conversations/${id}/generations`, {
    parentId: failed.messageId,
  });
  const { generationId } = (await retried.json()) as { generationId: string };
  expect(await client.ended(generationId)).toMatchObject({ status: "finished", text: ANSWER });
});
