import { expect, test } from "vitest";
import { endedTurn } from "../../test/ended-turn.ts";
import { openStore, someone } from "../../test/store.ts";
import { GenerationId, MessageId } from "../protocol/ids.ts";

async function setUp(options = {}) {
  const store = await openStore(options);
  const owner = someone();
  const { id } = await store.conversations.create(owner, {});
  const turn = await endedTurn(store, owner, id, { question: "Why?", answer: "Because. 😀" });
  return { ...store, owner, id, ...turn };
}

test("stands in the message, wherever that is read, until it is taken back", async () => {
  const { feedback, messages, owner, id, generationId } = await setUp();
  const given = { rating: "down", note: "Too short" } as const;
  const rated = await feedback.rate(owner, id, generationId, given);
  expect(rated).toMatchObject({ id: generationId, content: "Because. 😀", feedback: given });
  expect(await messages.get(id, generationId)).toEqual(rated);
  expect((await messages.page(id, { limit: 5 })).items.at(-1)).toEqual(rated);
  expect((await messages.all(id)).at(-1)).toEqual(rated);
  expect(rated.metadata).not.toHaveProperty("feedback");
  const back = await feedback.rate(owner, id, generationId, undefined);
  expect(back).not.toHaveProperty("feedback");
  expect(await messages.get(id, generationId)).toEqual(back);
});

test("is told live and replayed as message.updated, once a change", async () => {
  const { feedback, events, live, owner, id, generationId } = await setUp();
  const frames: { event?: { type: string } }[] = [];
  await live.watch(id, {
    frame: (frame) => frames.push(JSON.parse(frame)),
    reconnected: () => undefined,
  });
  const before = await events.last(id);
  await feedback.rate(owner, id, generationId, { rating: "up" });
  await feedback.rate(owner, id, generationId, { rating: "up" });
  const message = await feedback.rate(owner, id, generationId, { rating: "down" });
  await expect.poll(() => frames.map(({ event }) => event?.type)).toHaveLength(2);
  expect(frames.at(-1)).toMatchObject({ event: { type: "message.updated", message } });
  // A replay tells what is now, once; the log keeps its place for the other.
  const missed = await events.read(id, before, 10);
  expect(missed?.map(({ event }) => event)).toEqual([{ type: "message.updated", message }]);
  expect(missed?.at(-1)?.id).toBe(await events.last(id));
});

test("does not fill the log with long answers", async () => {
  const { feedback, redis, keys, owner, id, generationId } = await setUp();
  await feedback.rate(owner, id, generationId, { rating: "up", note: "n".repeat(2_000) });
  const [entry] = await redis.client.xRevRange(keys.of(id).events, "+", "-", { COUNT: 1 });
  expect(entry?.message.event?.length).toBeLessThan(200);
});

test("is for answers that have ended, and for their owner", async () => {
  const { feedback, turns, owner, id, messageId, generationId } = await setUp();
  const rate = (who: typeof owner, what: MessageId) =>
    feedback.rate(who, id, what, { rating: "up" });
  await expect(rate(someone(), generationId)).rejects.toMatchObject({ code: "not_found" });
  await expect(rate(owner, messageId)).rejects.toMatchObject({ code: "invalid" });
  await expect(rate(owner, MessageId.parse(crypto.randomUUID()))).rejects.toMatchObject({
    code: "not_found",
  });
  const running = GenerationId.parse(crypto.randomUUID());
  const asked = { owner, conversationId: id, content: "And?", generationId: running };
  await turns.submit({ ...asked, messageId: MessageId.parse(crypto.randomUUID()) });
  await expect(rate(owner, running)).rejects.toMatchObject({ code: "invalid" });
});

test("survives an end that is written again, and a rating from another screen", async () => {
  const { feedback, messages, owner, id, generationId, finish } = await setUp();
  await feedback.rate(owner, id, generationId, { rating: "up" });
  await finish();
  expect(await messages.get(id, generationId)).toMatchObject({ feedback: { rating: "up" } });
  expect(await messages.count(id)).toBe(2);
  const notes = Array.from({ length: 4 }, (_, at) => `note ${at}`);
  const rated = await Promise.all(
    notes.map((note) => feedback.rate(owner, id, generationId, { rating: "down", note })),
  );
  expect(rated.map((message) => message.feedback?.note)).toEqual(notes);
  expect(notes).toContain((await messages.get(id, generationId))?.feedback?.note);
});

test("renews the life of the conversation", async () => {
  const { feedback, redis, keys, owner, id, generationId } = await setUp({
    historyTtlSeconds: 100,
  });
  await redis.client.expire(keys.of(id).messages, 10);
  await feedback.rate(owner, id, generationId, { rating: "up" });
  expect(await redis.client.ttl(keys.of(id).messages)).toBeGreaterThan(90);
});
