import { expect, test } from "vitest";
import { endedTurn } from "../../test/ended-turn.ts";
import { openStore, someone } from "../../test/store.ts";
import { createShareConversation } from "../domain/share-conversation.ts";
import { ConversationId, GenerationId, MessageId } from "../protocol/ids.ts";
import { ShareId } from "../protocol/share.ts";

async function setUp(options = {}) {
  const store = await openStore(options);
  const owner = someone();
  const { id } = await store.conversations.create(owner, {
    title: "Sky",
    systemPrompt: "SECRET PROMPT",
  });
  const first = await endedTurn(store, owner, id, { question: "Why?", answer: "Light." });
  const second = await endedTurn(store, owner, id, { question: "More?", answer: "Rayleigh." });
  const share = createShareConversation({ ...store, history: store.messages });
  return { ...store, owner, id, first, second, share };
}

test("gives everyone the path as it was, and names nobody", async () => {
  const { shares, share, feedback, owner, id, second, keys } = await setUp();
  await feedback.rate(owner, id, second.generationId, { rating: "up", note: "PRIVATE" });
  const made = await share({ owner, conversationId: id });
  expect(made.id).toMatch(/^[\w-]{32}$/);
  const shared = await shares.read(made.id);
  expect(shared).toMatchObject({ title: "Sky", createdAt: made.createdAt });
  expect(shared?.messages.map(({ role, content }) => [role, content])).toEqual([
    ["user", "Why?"],
    ["assistant", "Light."],
    ["user", "More?"],
    ["assistant", "Rayleigh."],
  ]);
  expect(shared?.messages.map(({ parentId }) => parentId)).toEqual([
    null,
    ...(shared?.messages.slice(0, -1).map((message) => message.id) ?? []),
  ]);
  const text = JSON.stringify(shared);
  for (const secret of [owner, id, second.generationId, "SECRET", "PRIVATE", "tgi"]) {
    expect(text).not.toContain(secret);
  }
  expect(keys.shareOf(made.id)).not.toContain(id);
});

test("stays as it was while the conversation goes on, and is the same again", async () => {
  const { shares, share, owner, id, first, ...store } = await setUp();
  const made = await share({ owner, conversationId: id, leafId: first.generationId });
  expect((await shares.read(made.id))?.messages).toHaveLength(2);
  await endedTurn(store, owner, id, { question: "Go on", answer: "…" });
  const again = await Promise.all([1, 2, 3].map(() => share({ owner, conversationId: id })));
  expect(again).toEqual([made, made, made]);
  expect(await shares.of(owner, id)).toEqual(made);
  expect((await shares.read(made.id))?.messages).toHaveLength(2);
});

test("is one, however many ask at once", async () => {
  const { shares, share, redis, owner, id } = await setUp();
  const made = await Promise.all([1, 2, 3, 4].map(() => share({ owner, conversationId: id })));
  expect(new Set(made.map((one) => one.id)).size).toBe(1);
  const keysOfShares: string[] = [];
  for await (const key of redis.client.scanIterator({ MATCH: "chatbot:share:*" })) {
    keysOfShares.push(key);
  }
  expect(keysOfShares).toHaveLength(1);
  expect(await shares.of(owner, id)).toEqual(made[0]);
});

test("is gone at once when it is taken back, and another one is made", async () => {
  const { shares, share, owner, id } = await setUp();
  const made = await share({ owner, conversationId: id });
  await shares.remove(owner, id);
  expect(await shares.read(made.id)).toBeUndefined();
  expect(await shares.of(owner, id)).toBeUndefined();
  await shares.remove(owner, id);
  const next = await share({ owner, conversationId: id });
  expect(next.id).not.toBe(made.id);
  expect(await shares.read(made.id)).toBeUndefined();
});

test("goes with its conversation: deleted, or expired", async () => {
  const { shares, share, conversations, redis, keys, owner, id, ...store } = await setUp({
    historyTtlSeconds: 100,
  });
  const made = await share({ owner, conversationId: id });
  const key = keys.shareOf(made.id);
  expect(await redis.client.ttl(key)).toBeGreaterThan(90);
  await redis.client.expire(key, 10);
  await endedTurn(store, owner, id, { question: "Go on", answer: "…" });
  expect(await redis.client.ttl(key)).toBeGreaterThan(90);
  await conversations.remove(owner, id);
  expect(await shares.read(made.id)).toBeUndefined();
});

test("is its owner's alone to make, see and take back", async () => {
  const { shares, share, owner, id } = await setUp();
  const stranger = someone();
  const unknown = ConversationId.parse(crypto.randomUUID());
  for (const [who, what] of [
    [stranger, id],
    [owner, unknown],
  ] as const) {
    const refused = { code: "not_found", message: "There is no such conversation." };
    await expect(share({ owner: who, conversationId: what })).rejects.toMatchObject(refused);
    await expect(shares.of(who, what)).rejects.toMatchObject(refused);
    await expect(shares.remove(who, what)).rejects.toMatchObject(refused);
  }
  expect(await shares.read(ShareId.parse("a".repeat(32)))).toBeUndefined();
});

test("ends before an answer that is being written, and refuses where there is nothing", async () => {
  const { shares, share, conversations, turns, owner } = await setUp();
  const { id } = await conversations.create(owner, {});
  await expect(share({ owner, conversationId: id })).rejects.toMatchObject({ code: "invalid" });
  const generationId = GenerationId.parse(crypto.randomUUID());
  const messageId = MessageId.parse(crypto.randomUUID());
  await turns.submit({ owner, conversationId: id, messageId, generationId, content: "Why?" });
  const { id: shareId } = await share({ owner, conversationId: id, leafId: generationId });
  expect(await shares.read(shareId)).toMatchObject({ messages: [{ content: "Why?" }] });
});
