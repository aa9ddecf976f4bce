import { expect, test } from "vitest";
import { endedTurn } from "../../test/ended-turn.ts";
import { openStore, type Store, someone } from "../../test/store.ts";
import type { UserId } from "../protocol/ids.ts";
import { MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import { FILTER_BYTES } from "./word-filter.ts";

const found = async ({ search }: Pick<Store, "search">, owner: UserId, query: string) =>
  (await search.find(owner, query, 20)).map(({ message, excerpt }) =>
    message === undefined ? `title: ${excerpt}` : excerpt,
  );

async function conversation(store: Store, owner: UserId, title: string, ...turns: string[][]) {
  const { id } = await store.conversations.create(owner, { title });
  for (const [question = "", answer = ""] of turns) {
    await endedTurn(store, owner, id, { question, answer });
  }
  return id;
}

test("finds titles first, then messages, the newest conversation first, indexed or not", async () => {
  const store = await openStore();
  const owner = someone();
  const older = await conversation(store, owner, "Zebras", ["What is a quagga?", "An animal."]);
  const newer = await conversation(store, owner, "Holidays", ["Where?", "See a zebra there."]);
  await conversation(store, owner, "Other", ["Say", "nothing"]);
  const expected = ["title: Zebras", "See a zebra there."];
  expect(await found(store, owner, "ZEBRA")).toEqual(expected);
  for (const id of [older, newer]) await store.searchIndex.index(id);
  expect(await found(store, owner, "zebra")).toEqual(expected);
  expect(await found(store, owner, "quag")).toEqual(["What is a quagga?"]);
  expect(await found(store, owner, "agga")).toEqual([]);
  const [item] = await store.search.find(owner, "quagga", 5);
  expect(item).toMatchObject({
    conversation: { id: older, title: "Zebras" },
    message: { role: "user" },
  });
});

test("asks for all words, in any order, in one message", async () => {
  const store = await openStore();
  const owner = someone();
  const id = await conversation(
    store,
    owner,
    "",
    ["red blue", "green"],
    ["blue", "only red here, and green"],
  );
  await store.searchIndex.index(id);
  expect(await found(store, owner, "gre red")).toEqual(["only red here, and green"]);
  expect(await found(store, owner, "red green blue")).toEqual([]);
});

test.each([
  ["STRASSE", "Die Straße ist lang."],
  ["strass", "Die Straße ist lang."],
  ["straße", "DIE STRAẞE IST LANG."],
  ["cafe", "Ein Café am Eck."],
  ["CAFÉ", "ein cafe am Eck"],
  ["引擎", "我们用搜索引擎找东西。"],
  ["索", "我们用搜索引擎找东西。"],
  ["ガス", "東京ガスのお知らせ"],
  ["엔진", "검색엔진을 만들자"],
  ["كتاب", "هذا كِتَابٌ جميل"],
  ["istanbul", "İstanbul'da bir gün"],
  ["привет", "Сказал: ПРИВЕТ!"],
  ["don't", "Please don't do it."],
  ["user_id", "The user_id field is set."],
  ["ｆｕｌｌ", "full width"],
])("finds %j in %j", async (query, text) => {
  const store = await openStore();
  const owner = someone();
  const id = await conversation(store, owner, "", ["?", text]);
  expect(await found(store, owner, query)).toEqual([text]);
  await store.searchIndex.index(id);
  expect(await found(store, owner, query)).toEqual([text]);
});

test("is another user's to find in nothing of mine", async () => {
  const store = await openStore();
  const [owner, other] = [someone(), someone()];
  const id = await conversation(store, owner, "Zebra", ["zebra", "zebra"]);
  await store.searchIndex.index(id);
  expect(await found(store, other, "zebra")).toEqual([]);
  // Not even where an index were wrong.
  await store.redis.client.zAdd(store.keys.userConversations(other), { score: 1, value: id });
  expect(await found(store, other, "zebra")).toEqual([]);
});

test("follows a new title, and forgets with the conversation", async () => {
  const store = await openStore();
  const owner = someone();
  const id = await conversation(store, owner, "Before", ["zebra", "stripes"]);
  await store.searchIndex.index(id);
  await store.conversations.update(owner, id, { title: "Afterwards" });
  expect(await found(store, owner, "before")).toEqual([]);
  expect(await found(store, owner, "after")).toEqual(["title: Afterwards"]);
  const { keys: removed } = await store.conversations.remove(owner, id);
  const left: string[] = [];
  for await (const key of store.redis.client.scanIterator({ MATCH: `*${id}*` })) left.push(key);
  expect(left).toEqual([]);
  // Record, messages, events, sent, words, and both of each generation.
  expect(removed).toBe(7);
  await store.searchIndex.index(id);
  expect(await store.redis.client.exists(store.keys.of(id).words)).toBe(0);
  expect(await found(store, owner, "zebra")).toEqual([]);
});

test("takes in what comes, and what was lost again, at the next search", async () => {
  const store = await openStore();
  const owner = someone();
  const id = await conversation(store, owner, "", ["one", "two"]);
  const { words } = store.keys.of(id);
  const { client } = store.redis;
  await store.searchIndex.index(id);
  const before = await client.strLen(words);
  await endedTurn(store, owner, id, { question: "three", answer: "zebra" });
  expect(await found(store, owner, "zebra")).toEqual(["zebra"]);
  await Promise.all([1, 2, 3].map(() => store.searchIndex.index(id)));
  expect(await client.strLen(words)).toBe(before);
  await client.del(words);
  expect(await found(store, owner, "one")).toEqual(["one"]);
  await expect.poll(() => client.strLen(words)).toBe(before);
  // Of more messages than there are: the store lost its last writes.
  await client.lPop(store.keys.of(id).messages);
  expect(await found(store, owner, "three")).toEqual(["three"]);
  await endedTurn(store, owner, id, { question: "four", answer: "quagga" });
  expect(await found(store, owner, "quagga")).toEqual(["quagga"]);
});

test("expires with its conversation", async () => {
  const store = await openStore({ historyTtlSeconds: 100 });
  const owner = someone();
  const id = await conversation(store, owner, "", ["one", "two"]);
  await store.searchIndex.index(id);
  const { words } = store.keys.of(id);
  expect(await store.redis.client.ttl(words)).toBeGreaterThan(90);
  await store.redis.client.expire(words, 10);
  await store.conversations.update(owner, id, { title: "kept" });
  expect(await store.redis.client.ttl(words)).toBeGreaterThan(90);
});

test("finds a word in any of many long messages, by filters that cover them all", async () => {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, {});
  const messages = Array.from({ length: 300 }, (_, at) =>
    userMessage(Array.from({ length: 60 }, (__, word) => `w${at * 60 + word}x`).join(" ")),
  );
  await store.imports.write(id, messages);
  await store.searchIndex.index(id);
  expect(await store.redis.client.strLen(store.keys.of(id).words)).toBeGreaterThan(10_000);
  for (const at of [0, 7_777, 17_999]) {
    const items = await store.search.find(owner, `w${at}x`, 20);
    expect(items.map(({ message }) => message?.id)).toEqual([messages[Math.floor(at / 60)]?.id]);
  }
});

test("reads no long message again with each turn: a filter covers few of them", async () => {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, {});
  const messages = Array.from({ length: 20 }, () => userMessage("空".repeat(31_000)));
  await store.imports.write(id, messages);
  await store.searchIndex.index(id);
  const filters = (await store.redis.client.strLen(store.keys.of(id).words)) / FILTER_BYTES;
  expect(filters).toBeGreaterThanOrEqual(4);
});

test("reads what no filter covers yet itself, wherever it stands", async () => {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, {});
  const messages = Array.from({ length: 162 }, (_, at) => userMessage(`w${at}x`));
  await store.imports.write(id, messages);
  for (const at of [0, 80, 161]) {
    await store.redis.client.del(store.keys.of(id).words);
    expect(await found(store, owner, `w${at}x`)).toEqual([`w${at}x`]);
  }
});

test("takes in any number of messages that say the same, and those that come after them", async () => {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, {});
  await store.imports.write(
    id,
    Array.from({ length: 450 }, () => userMessage("yes")),
  );
  await store.searchIndex.index(id);
  await endedTurn(store, owner, id, { question: "zebra", answer: "no" });
  await store.searchIndex.index(id);
  expect(await found(store, owner, "zebra")).toEqual(["zebra"]);
});

function userMessage(content: string): Message {
  return {
    id: MessageId.parse(crypto.randomUUID()),
    parentId: null,
    role: "user",
    content,
    createdAt: new Date().toISOString(),
    status: "done",
    metadata: {},
  };
}
