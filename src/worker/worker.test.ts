import { expect, onTestFinished, test } from "vitest";
import { catalogueOf, createScriptedModel, words } from "../../test/scripted-model.ts";
import { openStore, type Store, someone } from "../../test/store.ts";
import { ChatError } from "../domain/errors.ts";
import type { ConversationId, UserId } from "../protocol/ids.ts";
import { GenerationId, LOG_START, MessageId } from "../protocol/ids.ts";
import { startWorker, type Worker } from "./worker.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const end = { type: "end", finishReason: "stop" } as const;

async function setUp(leaseMs = 5_000) {
  const store = await openStore({ leaseMs });
  const model = createScriptedModel();
  const owner = someone();
  const { id } = await store.conversations.create(owner, { title: "named" });
  const start = (name = "w1"): Worker => {
    const worker = startWorker(
      {
        queue: store.queue,
        conversations: store.conversations,
        history: store.messages,
        catalogue: catalogueOf(model),
        searchIndex: store.searchIndex,
      },
      { concurrency: 4, leaseMs, name, log: quiet },
    );
    onTestFinished(() => worker.drain());
    return worker;
  };
  return { store, model, owner, id, start };
}

async function ask(store: Store, owner: UserId, conversationId: ConversationId, content = "Hi?") {
  return await store.turns.submit({
    owner,
    conversationId,
    content,
    messageId: MessageId.parse(crypto.randomUUID()),
    generationId: GenerationId.parse(crypto.randomUUID()),
  });
}

async function typesOf(store: Store, id: ConversationId) {
  return ((await store.events.read(id, LOG_START, 100)) ?? []).map(({ event }) => event.type);
}

test("answers a question and stores what the model said", async () => {
  const { store, model, owner, id, start } = await setUp();
  start();
  const { generationId } = await ask(store, owner, id);
  const call = await model.call(0);
  expect(call.request.messages).toEqual([{ role: "user", content: "Hi?" }]);
  call.give(...words("Hel", "lo 😀"), { type: "usage", usage: { promptTokens: 3 } }, end);
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "Hello 😀",
      status: "done",
      metadata: { engine: "scripted", model: "scripted", finishReason: "stop" },
    });
  expect(await typesOf(store, id)).toEqual([
    "message.created",
    "generation.queued",
    "generation.started",
    "generation.finished",
  ]);
});

test("sends the earlier turns and the system prompt along", async () => {
  const { store, model, owner, id, start } = await setUp();
  start();
  await store.conversations.update(owner, id, { systemPrompt: "Be kind." });
  await ask(store, owner, id, "one");
  (await model.call(0)).give(...words("first"), end);
  await ask(store, owner, id, "two");
  expect((await model.call(1)).request.messages).toEqual([
    { role: "system", content: "Be kind." },
    { role: "user", content: "one" },
    { role: "assistant", content: "first" },
    { role: "user", content: "two" },
  ]);
});

test("stops before the first character, and in mid-answer keeps the text", async () => {
  const { store, model, owner, id, start } = await setUp();
  start();
  const early = await ask(store, owner, id);
  const first = await model.call(0);
  await store.turns.stop(owner, id, early.generationId);
  await expect.poll(() => first.signal.aborted).toBe(true);
  await expect
    .poll(() => store.messages.get(id, early.generationId))
    .toMatchObject({
      content: "",
      status: "stopped",
    });
  const late = await ask(store, owner, id);
  const second = await model.call(1);
  second.give(...words("so far"));
  await expect
    .poll(() => store.messages.get(id, late.generationId))
    .toMatchObject({
      content: "so far",
    });
  await store.turns.stop(owner, id, late.generationId);
  await expect
    .poll(() => store.messages.get(id, late.generationId))
    .toMatchObject({
      content: "so far",
      status: "stopped",
    });
});

test("keeps what was written when the model fails, with the reason", async () => {
  const { store, model, owner, id, start } = await setUp();
  start();
  const { generationId } = await ask(store, owner, id);
  const call = await model.call(0);
  call.give(...words("half"));
  call.fail(new ChatError("incomplete", "The stream broke off."));
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "half",
      status: "failed",
      metadata: { failure: { code: "incomplete", retryable: true } },
    });
});

test("never takes an answer without an end for a whole one", async () => {
  const { store, model, owner, id, start } = await setUp();
  model.generate = async function* generate() {
    yield { type: "text", text: "cut" };
  };
  start();
  const { generationId } = await ask(store, owner, id);
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "cut",
      status: "failed",
      metadata: { failure: { code: "incomplete" } },
    });
});

test("hands over in mid-sentence, and the next worker goes on from the text", async () => {
  const { store, model, owner, id, start } = await setUp();
  const first = start("w1");
  const { generationId } = await ask(store, owner, id);
  (await model.call(0)).give(...words("Hello "));
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "Hello ",
    });
  await first.drain();
  start("w2");
  const call = await model.call(1);
  expect(call.request.continueFrom).toEqual({ text: "Hello ", reasoning: "", tokens: 1 });
  call.give(...words("world"), end);
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "Hello world",
      status: "done",
      metadata: { continued: 1 },
    });
});

test("begins anew where the engine cannot go on, and leaves nothing of the old text", async () => {
  const { store, model, owner, id, start } = await setUp();
  start();
  const { generationId } = await ask(store, owner, id);
  const call = await model.call(0);
  call.give({ type: "reasoning", text: "hm" }, ...words("wrong"), { type: "restart" });
  call.give(...words("right"), end);
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "right",
      status: "done",
    });
  expect((await store.messages.get(id, generationId))?.reasoning).toBeUndefined();
  expect(await store.queue.text({ conversationId: id, generationId })).toMatchObject({
    text: "right",
    reasoning: "",
  });
});

test("keeps the lease of one that began anew", async () => {
  const { store, model, owner, id, start } = await setUp(300);
  start();
  const { generationId } = await ask(store, owner, id);
  const call = await model.call(0);
  call.give(...words("old"), { type: "restart" }, ...words("new "));
  const leaseUntil = () =>
    store.redis.client.hGet(`chatbot:generation:{0}:${generationId}`, "leaseUntil");
  const before = await leaseUntil();
  await expect.poll(leaseUntil).not.toBe(before);
  const then = await leaseUntil();
  await expect.poll(leaseUntil).not.toBe(then);
  call.give(...words("text"), end);
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "new text",
      status: "done",
    });
  expect(model.calls).toHaveLength(1);
});

test("gives up after five claims without progress", async () => {
  const { store, model, owner, id, start } = await setUp(100);
  const { generationId } = await ask(store, owner, id);
  for (let i = 0; i < 5; i += 1) {
    await expect.poll(() => store.queue.claim("dead")).toMatchObject({ attempts: i + 1 });
  }
  start();
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      status: "failed",
      metadata: { failure: { code: "poison" } },
    });
  expect(model.calls).toHaveLength(0);
});

test("continues a stopped answer: the new one begins with its text", async () => {
  const { store, model, owner, id, start } = await setUp();
  start();
  const { messageId, generationId } = await ask(store, owner, id);
  (await model.call(0)).give(...words("One, two"));
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "One, two",
    });
  await store.turns.stop(owner, id, generationId);
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      status: "stopped",
    });
  const next = await store.turns.regenerate({
    owner,
    conversationId: id,
    requestId: MessageId.parse(crypto.randomUUID()),
    generationId: GenerationId.parse(crypto.randomUUID()),
    parentId: messageId,
    continueFrom: generationId,
  });
  const call = await model.call(1);
  expect(call.request.continueFrom).toMatchObject({ text: "One, two" });
  call.give(...words(", three"), end);
  await expect
    .poll(() => store.messages.get(id, next.generationId))
    .toMatchObject({
      content: "One, two, three",
      status: "done",
    });
  expect(await store.messages.get(id, generationId)).toMatchObject({ content: "One, two" });
});

test("asks the model for a title after the first exchange, and only then", async () => {
  const { store, model, owner, start } = await setUp();
  start();
  const { id } = await store.conversations.create(owner, {});
  await ask(store, owner, id, "Why is the sky blue?");
  (await model.call(0)).give(...words("Rayleigh."), end);
  const titling = await model.call(1);
  expect(titling.request.messages[0]?.content).toContain("Why is the sky blue?");
  titling.give(...words('"Blue ', 'skies".\nBecause'), end);
  await expect
    .poll(() => store.conversations.get(owner, id))
    .toMatchObject({
      title: "Blue skies",
    });
  await ask(store, owner, id, "And red?");
  (await model.call(2)).give(...words("Also."), end);
  await expect.poll(async () => (await store.conversations.get(owner, id)).generating).toBe(false);
  expect(model.calls).toHaveLength(3);
});

test("takes the first words for a title where the model gives none", async () => {
  const { store, model, owner, start } = await setUp();
  start();
  const { id } = await store.conversations.create(owner, {});
  await ask(store, owner, id, "Why is   the sky\nblue?");
  (await model.call(0)).give(...words("Rayleigh."), end);
  (await model.call(1)).fail(new ChatError("unavailable", "gone"));
  await expect
    .poll(() => store.conversations.get(owner, id))
    .toMatchObject({
      title: "Why is the sky blue?",
    });
});

test("writes a long piece whole, in bounded entries that never split a pair", async () => {
  const { store, model, owner, id, start } = await setUp();
  start();
  const { generationId } = await ask(store, owner, id);
  const text = `a${"😀".repeat(20_000)}`;
  (await model.call(0)).give(...words(text), end);
  await expect.poll(async () => (await store.messages.get(id, generationId))?.status).toBe("done");
  expect((await store.messages.get(id, generationId))?.content).toBe(text);
  const entries = await store.redis.client.xRange(`chatbot:deltas:{0}:${generationId}`, "-", "+");
  for (const { message } of entries) {
    expect((message.text ?? "").isWellFormed()).toBe(true);
    expect((message.text ?? "").length).toBeLessThanOrEqual(8_192);
  }
});
