import { expect, test } from "vitest";
import { openWork, submit } from "../../test/open-work.ts";
import { words } from "../../test/scripted-model.ts";
import { GenerationId, MessageId } from "../protocol/ids.ts";

const end = { type: "end", finishReason: "stop" } as const;

test("hands over in mid-sentence, and the next worker goes on from the text", async () => {
  const { store, model, owner, id, start } = await openWork();
  const first = start("w1");
  const { generationId } = await submit(store, owner, id);
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
  const { store, model, owner, id, start } = await openWork();
  start();
  const { generationId } = await submit(store, owner, id);
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
  const { store, model, owner, id, start } = await openWork(300);
  start();
  const { generationId } = await submit(store, owner, id);
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
  const { store, model, owner, id, start } = await openWork(100);
  const { generationId } = await submit(store, owner, id);
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
  const { store, model, owner, id, start } = await openWork();
  start();
  const { messageId, generationId } = await submit(store, owner, id);
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
