import { expect, onTestFinished, test } from "vitest";
import { GenerationId, MessageId } from "../src/protocol/ids.ts";
import type { Outcome } from "../src/protocol/outcome.ts";
import { startApp } from "./app-process.ts";
import { ask, call, connect, createConversation, storedMessages } from "./chat-client.ts";
import { follow } from "./follow.ts";
import { createModelServer } from "./model-server.ts";
import { startRedisServer } from "./redis-server.ts";
import { ask as command } from "./redis-topologies.ts";
import { openStore, someone } from "./store.ts";

const ANSWER = Array.from({ length: 30 }, (_, line) => `Line ${line}: 青い 😀.\n`).join("");
const done: Outcome = {
  status: "done",
  engine: "tgi",
  model: "m",
  finishReason: "stop",
  usage: {},
  timing: {},
  continued: 0,
};
const newId = () => crypto.randomUUID();

/** A Redis that a test can fill up, and give room again. */
async function startFillable() {
  const redis = await startRedisServer({ args: ["--enable-debug-command", "local"] });
  onTestFinished(() => redis.stop());
  const limit = (bytes: string) => command(redis.url, "CONFIG", "SET", "maxmemory", bytes);
  return {
    url: redis.url,
    fill: () => limit("1"),
    free: () => limit("0"),
    /** Changes with any value of any key. */
    digest: () => command<string>(redis.url, "DEBUG", "DIGEST"),
  };
}

test("a full Redis refuses each write as a whole; what ends and deletes goes on", async () => {
  const redis = await startFillable();
  const store = await openStore({ url: redis.url });
  const owner = someone();
  const { id } = await store.conversations.create(owner, { title: "t" });
  const other = await store.conversations.create(owner, {});
  const question = (conversationId: typeof id) => ({
    owner,
    conversationId,
    messageId: MessageId.parse(newId()),
    generationId: GenerationId.parse(newId()),
    content: "q",
  });
  const first = question(id);
  await store.turns.submit(first);
  const claim = await store.queue.claim("w");
  if (claim === undefined) throw new Error("nothing was queued");
  await store.queue.append(claim, { entry: 1, at: 0, text: "half", tokens: 1 });
  const queued = question(other.id);
  await store.turns.submit(queued);
  await redis.fill();

  const before = await redis.digest();
  const text = { text: "half", reasoning: "" };
  const refused: Record<string, () => Promise<unknown>> = {
    create: () => store.conversations.create(owner, {}),
    update: () => store.conversations.update(owner, id, { title: "new" }),
    suggestTitle: () => store.conversations.suggestTitle(other.id, "made"),
    submit: () => store.turns.submit(question(id)),
    claim: () => store.queue.claim("w2"),
    append: () => store.queue.append(claim, { entry: 2, at: 4, text: "!", tokens: 1 }),
    finish: () => store.queue.finish(claim, text, done),
    tidy: () => store.queue.tidy(Date.now() + 60_000),
  };
  for (const [name, write] of Object.entries(refused)) {
    await expect(write(), name).rejects.toMatchObject({ code: "unavailable" });
    expect(await redis.digest(), `${name} left something behind`).toBe(before);
  }
  // Reading goes on.
  expect((await store.messages.page(id, { limit: 10 })).items).toHaveLength(2);
  expect((await store.conversations.list(owner, { limit: 10 })).items).toHaveLength(2);
  // Leases are kept, so that nobody takes over what waits.
  expect((await store.queue.renew([claim])).lost.size).toBe(0);
  // Stop means stop, and delete means delete.
  await store.turns.stop(owner, other.id, queued.generationId);
  expect(await store.messages.get(other.id, queued.generationId)).toMatchObject({
    status: "stopped",
  });
  expect((await store.conversations.remove(owner, other.id)).messages).toBe(2);
  await store.queue.handOver(claim);

  await redis.free();
  const next = await store.queue.claim("w2");
  expect(next).toMatchObject({ generationId: first.generationId, entries: 1 });
  if (next === undefined) throw new Error("lost");
  expect(await store.queue.append(next, { entry: 2, at: 4, text: "!", tokens: 1 })).toMatchObject({
    type: "ok",
  });
  await store.conversations.remove(owner, id);
  const left: string[] = [];
  for await (const key of store.redis.client.scanIterator()) left.push(key);
  expect(left.filter((key) => !/:(clock|held|active):/.test(key))).toEqual([]);
});

test("answers wait in a full Redis with their text, and go on when there is room", {
  timeout: 60_000,
}, async () => {
  const redis = await startFillable();
  const model = await createModelServer({ answer: ANSWER, tokensPerSecond: 50 });
  onTestFinished(() => model.close());
  const app = await startApp({
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    LEASE_MS: "1000",
  });
  await expect.poll(async () => (await fetch(`${app.adminUrl}/readyz`)).status).toBe(200);
  const turns: { id: string; generationId: string }[] = [];
  for (let at = 0; at < 5; at += 1) {
    const { id } = await createConversation(app.url);
    const client = await connect(app.url);
    const { generationId } = await ask(client, id, "Why?");
    client.close();
    turns.push({ id, generationId });
  }
  const idle = await createConversation(app.url);
  const screens = turns.map(({ id, generationId }) => follow(app.url, id, generationId));
  const written = await connect(app.url);
  written.send({ type: "subscribe", conversationId: turns[0]?.id });
  await written.frame(({ type }) => type === "delta");
  await redis.fill();

  const asked = await call(app.url, "POST", `/api/conversations/${idle.id}/messages`, {
    content: "?",
  });
  expect(asked.status).toBe(503);
  expect(await asked.json()).toMatchObject({ code: "unavailable" });
  expect((await call(app.url, "POST", "/api/conversations", {})).status).toBe(503);
  // The model says all it has to say meanwhile.
  await expect.poll(() => model.open, { timeout: 30_000 }).toBe(0);
  for (const { id, generationId } of turns) {
    const stored = (await storedMessages(app.url, id)).find((one) => one.id === generationId);
    expect(stored?.status).toBe("streaming");
    expect(ANSWER.startsWith(stored?.content ?? "-")).toBe(true);
  }
  const removed = await call(app.url, "DELETE", `/api/conversations/${idle.id}`);
  expect(removed.status).toBe(200);
  await redis.free();

  for (const seen of await Promise.all(screens)) {
    expect(seen).toMatchObject({ status: "finished", text: ANSWER });
  }
  for (const { id } of turns) {
    const [, answer] = await storedMessages(app.url, id);
    expect(answer).toMatchObject({ content: ANSWER, metadata: { continued: 0 } });
  }
  const questions = model.generations.filter(({ body }) => JSON.stringify(body).includes("Why?"));
  expect(questions.length).toBeGreaterThanOrEqual(turns.length);
});
