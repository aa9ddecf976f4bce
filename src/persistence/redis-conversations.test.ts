import { expect, test } from "vitest";
import { openStore, someone } from "../../test/store.ts";
import { ConversationId, GenerationId, MessageId } from "../protocol/ids.ts";
import { allKeys } from "./turn-keys.ts";

const unknown = () => ConversationId.parse(crypto.randomUUID());

test("gives back what was created, to its owner alone", async () => {
  const { conversations } = await openStore();
  const owner = someone();
  const fields = {
    title: "T|1",
    model: "m",
    systemPrompt: "Be “kind” 😀",
    parameters: { temperature: 0.5, stop: ["a|b"] },
  };
  const created = await conversations.create(owner, fields);
  expect(created).toMatchObject({ ...fields, pinned: false, generating: false });
  expect(await conversations.get(owner, created.id)).toEqual(created);
  await expect(conversations.get(someone(), created.id)).rejects.toThrow("There is no such");
  await expect(conversations.get(owner, unknown())).rejects.toThrow("There is no such");
});

test("lists newest first, in pages that neither repeat nor skip", async () => {
  const { conversations } = await openStore();
  const owner = someone();
  const made: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    made.unshift((await conversations.create(owner, { title: `${i}` })).id);
  }
  const seen: string[] = [];
  for (let before: string | undefined; ; ) {
    const page = await conversations.list(owner, { limit: 3, ...(before ? { before } : {}) });
    seen.push(...page.items.map(({ id }) => id));
    before = page.next;
    if (before === undefined) break;
  }
  expect(seen.toSorted()).toEqual(made.toSorted());
  expect(seen).toHaveLength(7);
  expect((await conversations.list(someone(), { limit: 3 })).items).toEqual([]);
});

test("drops from the list what is gone, and still fills the page", async () => {
  const { conversations, redis, keys } = await openStore();
  const owner = someone();
  for (let i = 0; i < 4; i += 1) await conversations.create(owner, { title: `${i}` });
  const ghosts = Array.from({ length: 5 }, () => ({
    score: Date.now() + 1_000,
    value: crypto.randomUUID(),
  }));
  await redis.client.zAdd(keys.userConversations(owner), ghosts);
  expect((await conversations.list(owner, { limit: 4 })).items).toHaveLength(4);
  expect(await redis.client.zCard(keys.userConversations(owner))).toBe(4);
});

test("lists the pinned alone, wherever they stand, in step with each pin", async () => {
  const { conversations } = await openStore();
  const owner = someone();
  const made = [];
  for (let i = 0; i < 5; i += 1) made.push(await conversations.create(owner, { title: `${i}` }));
  const [oldest, second, third] = made;
  if (!oldest || !second || !third) throw new Error("not made");
  const pinned = async () => {
    const { items } = await conversations.list(owner, { limit: 50, pinned: true });
    return items.map(({ id }) => id).toSorted();
  };
  expect(await pinned()).toEqual([]);
  for (const { id } of [oldest, second, third])
    await conversations.update(owner, id, { pinned: true });
  expect(await pinned()).toEqual([oldest.id, second.id, third.id].toSorted());
  await conversations.update(owner, second.id, { pinned: null });
  await conversations.remove(owner, third.id);
  expect(await pinned()).toEqual([oldest.id]);
  expect(await conversations.list(someone(), { limit: 50, pinned: true })).toEqual({ items: [] });
});

test("a delete that told nobody is told of when it is asked for again", async () => {
  const { conversations, live, redis, keys } = await openStore();
  const owner = someone();
  const { id } = await conversations.create(owner, {});
  const frames: string[] = [];
  await live.watchUser(owner, {
    frame: (frame) => void frames.push(frame),
    reconnected: () => undefined,
  });
  // The process that did it died here, and another one's screen has read the list since.
  await redis.script("delete", allKeys(keys.of(id)), [id, owner]);
  expect((await conversations.list(owner, { limit: 1 })).items).toEqual([]);
  await expect(conversations.remove(owner, id)).rejects.toThrow("There is no such");
  const event = { type: "conversation.deleted", conversationId: id };
  await expect
    .poll(() => frames.map((frame) => JSON.parse(frame)))
    .toContainEqual({ type: "event", log: "user", event });
});

test("changes only the named fields, and clears what is null", async () => {
  const { conversations, events } = await openStore();
  const owner = someone();
  const { id } = await conversations.create(owner, { title: "a", systemPrompt: "s", model: "m" });
  const changed = await conversations.update(owner, id, {
    title: "b",
    systemPrompt: null,
    parameters: { maxTokens: 5 },
    pinned: true,
  });
  expect(changed).toMatchObject({ title: "b", model: "m", parameters: { maxTokens: 5 } });
  expect(changed.pinned).toBe(true);
  expect(changed.systemPrompt).toBeUndefined();
  expect(await conversations.get(owner, id)).toEqual(changed);
  const [event] = (await events.read(id, "0-0" as never, 10)) ?? [];
  expect(event?.event).toEqual({ type: "conversation.updated", conversation: changed });
  await expect(conversations.update(someone(), id, { title: "x" })).rejects.toThrow();
});

test("two changes at once both last", async () => {
  const { conversations } = await openStore();
  const owner = someone();
  const { id } = await conversations.create(owner, {});
  await Promise.all([
    conversations.update(owner, id, { title: "new" }),
    conversations.update(owner, id, { systemPrompt: "kind" }),
  ]);
  expect(await conversations.get(owner, id)).toMatchObject({ title: "new", systemPrompt: "kind" });
});

test("never overwrites a title that is there, nor brings back what is gone", async () => {
  const { conversations } = await openStore();
  const owner = someone();
  const { id } = await conversations.create(owner, {});
  expect(await conversations.suggestTitle(id, "made")).toMatchObject({ title: "made" });
  expect(await conversations.suggestTitle(id, "again")).toBeUndefined();
  expect(await conversations.suggestTitle(unknown(), "ghost")).toBeUndefined();
});

test("removes everything of a conversation, what runs included, with a receipt", async () => {
  const { conversations, turns, queue, redis } = await openStore();
  const owner = someone();
  const { id } = await conversations.create(owner, {});
  for (let i = 0; i < 2; i += 1) {
    await turns.submit({
      owner,
      conversationId: id,
      messageId: MessageId.parse(crypto.randomUUID()),
      generationId: GenerationId.parse(crypto.randomUUID()),
      content: "q",
      parentId: null,
    });
  }
  const claim = await queue.claim("w");
  if (claim === undefined) throw new Error("nothing queued");
  await queue.append(claim, { entry: 1, at: 0, text: "half", tokens: 1 });
  await expect(conversations.remove(someone(), id)).rejects.toThrow();
  expect(await conversations.remove(owner, id)).toEqual({
    messages: 2,
    events: 4,
    generations: 2,
    keys: 8,
  });
  expect(await queue.append(claim, { entry: 2, at: 4, text: "!", tokens: 1 })).toEqual({
    type: "lost",
  });
  expect(await queue.claim("w")).toBeUndefined();
  const left: string[] = [];
  for await (const key of redis.client.scanIterator()) left.push(key);
  expect(left.filter((key) => !key.startsWith("chatbot:clock:"))).toEqual([]);
  expect((await conversations.list(owner, { limit: 5 })).items).toEqual([]);
});

test("expires together all that belongs to a conversation", async () => {
  const { conversations, turns, redis, keys } = await openStore({ historyTtlSeconds: 100 });
  const owner = someone();
  const { id } = await conversations.create(owner, {});
  await turns.submit({
    owner,
    conversationId: id,
    messageId: MessageId.parse(crypto.randomUUID()),
    generationId: GenerationId.parse(crypto.randomUUID()),
    content: "q",
  });
  await conversations.update(owner, id, { title: "t" });
  const { conversation, messages, events, sent, running } = keys.of(id);
  for (const key of [conversation, messages, events, sent, running]) {
    expect(await redis.client.ttl(key)).toBeGreaterThan(90);
  }
});

test("tells the owner's screens", async () => {
  const { conversations, live } = await openStore();
  const owner = someone();
  const seen: unknown[] = [];
  await live.watchUser(owner, {
    frame: (frame) => seen.push(JSON.parse(frame).event.type),
    reconnected: () => undefined,
  });
  const { id } = await conversations.create(owner, {});
  await conversations.update(owner, id, { title: "t" });
  await conversations.remove(owner, id);
  await expect
    .poll(() => seen)
    .toEqual(["conversation.created", "conversation.updated", "conversation.deleted"]);
});
