import { expect, test } from "vitest";
import { openWork, submit } from "../../test/open-work.ts";
import { words } from "../../test/scripted-model.ts";
import type { Store } from "../../test/store.ts";
import { ChatError } from "../domain/errors.ts";
import { type ConversationId, LOG_START } from "../protocol/ids.ts";

const end = { type: "end", finishReason: "stop" } as const;

async function typesOf(store: Store, id: ConversationId) {
  return ((await store.events.read(id, LOG_START, 100)) ?? []).map(({ event }) => event.type);
}

test("answers a question and stores what the model said", async () => {
  const { store, model, owner, id, start } = await openWork();
  start();
  const { generationId } = await submit(store, owner, id);
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
  const { store, model, owner, id, start } = await openWork();
  start();
  await store.conversations.update(owner, id, { systemPrompt: "Be kind." });
  await submit(store, owner, id, "one");
  (await model.call(0)).give(...words("first"), end);
  await submit(store, owner, id, "two");
  expect((await model.call(1)).request.messages).toEqual([
    { role: "system", content: "Be kind." },
    { role: "user", content: "one" },
    { role: "assistant", content: "first" },
    { role: "user", content: "two" },
  ]);
});

test("stops before the first character, and in mid-answer keeps the text", async () => {
  const { store, model, owner, id, start } = await openWork();
  start();
  const early = await submit(store, owner, id);
  const first = await model.call(0);
  await store.turns.stop(owner, id, early.generationId);
  await expect.poll(() => first.signal.aborted).toBe(true);
  await expect
    .poll(() => store.messages.get(id, early.generationId))
    .toMatchObject({
      content: "",
      status: "stopped",
    });
  const late = await submit(store, owner, id);
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
  const { store, model, owner, id, start } = await openWork();
  start();
  const { generationId } = await submit(store, owner, id);
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
  const { store, model, owner, id, start } = await openWork();
  model.generate = async function* generate() {
    yield { type: "text", text: "cut" };
  };
  start();
  const { generationId } = await submit(store, owner, id);
  await expect
    .poll(() => store.messages.get(id, generationId))
    .toMatchObject({
      content: "cut",
      status: "failed",
      metadata: { failure: { code: "incomplete" } },
    });
});

test("asks the model for a title after the first exchange, and only then", async () => {
  const { store, model, owner, start } = await openWork();
  start();
  const { id } = await store.conversations.create(owner, {});
  await submit(store, owner, id, "Why is the sky blue?");
  (await model.call(0)).give(...words("Rayleigh."), end);
  const titling = await model.call(1);
  expect(titling.request.messages[0]?.content).toContain("Why is the sky blue?");
  titling.give(...words('"Blue ', 'skies".\nBecause'), end);
  await expect
    .poll(() => store.conversations.get(owner, id))
    .toMatchObject({
      title: "Blue skies",
    });
  await submit(store, owner, id, "And red?");
  (await model.call(2)).give(...words("Also."), end);
  await expect.poll(async () => (await store.conversations.get(owner, id)).generating).toBe(false);
  expect(model.calls).toHaveLength(3);
});

test("takes the first words for a title where the model gives none", async () => {
  const { store, model, owner, start } = await openWork();
  start();
  const { id } = await store.conversations.create(owner, {});
  await submit(store, owner, id, "Why is   the sky\nblue?");
  (await model.call(0)).give(...words("Rayleigh."), end);
  (await model.call(1)).fail(new ChatError("unavailable", "gone"));
  await expect
    .poll(() => store.conversations.get(owner, id))
    .toMatchObject({
      title: "Why is the sky blue?",
    });
});

test("writes a long piece whole, in bounded entries that never split a pair", async () => {
  const { store, model, owner, id, start } = await openWork();
  start();
  const { generationId } = await submit(store, owner, id);
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
