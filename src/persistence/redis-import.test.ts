import { expect, test } from "vitest";
import { endedTurn } from "../../test/ended-turn.ts";
import { createMemoryChat } from "../../test/memory-ports.ts";
import { openStore, type Store, someone } from "../../test/store.ts";
import { exportJson, exportMarkdown } from "../domain/export-conversation.ts";
import { createImportConversation } from "../domain/import-conversation.ts";
import { pathEnd } from "../domain/path-end.ts";
import type { Conversation } from "../protocol/conversation.ts";
import { ExportedConversation } from "../protocol/export.ts";
import { ConversationId, GenerationId, LOG_START, MessageId } from "../protocol/ids.ts";

async function setUp(options = {}) {
  const store = await openStore(options);
  const owner = someone();
  const { catalogue } = createMemoryChat();
  return { store, owner, importFile: createImportConversation({ ...store, catalogue }) };
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

const exported = async ({ messages }: Store, conversation: Conversation) =>
  ExportedConversation.parse(JSON.parse(await joined(exportJson(messages, conversation))));

/** A tree with a thought about it, a regenerated answer, and a question that waits for another's answer. */
async function someTree(store: Store, owner: ReturnType<typeof someone>) {
  const conversation = await store.conversations.create(owner, {
    title: "Sky",
    model: "echo",
    systemPrompt: "Be kind",
    parameters: { temperature: 0.5 },
  });
  const { id } = conversation;
  const first = await endedTurn(store, owner, id, { question: "Why? 😀", answer: "Light." });
  await store.feedback.rate(owner, id, first.generationId, { rating: "up", note: "Yes" });
  await endedTurn(store, owner, id, { question: "Why, really?", answer: "", parentId: null });
  return { conversation, first };
}

test("a file imported again is the same file, under ids of its own", async () => {
  const { store, owner, importFile } = await setUp();
  const { conversation } = await someTree(store, owner);
  const file = await exported(store, conversation);
  expect(file.messages.map(({ id, parentId }) => [id, parentId])).toEqual([
    [1, null],
    [2, 1],
    [3, null],
    [4, 3],
  ]);
  const other = someone();
  const [one, two] = [await importFile(other, file), await importFile(other, file)];
  expect(one.id).not.toBe(two.id);
  for (const imported of [one, two]) {
    expect(imported).toMatchObject({ title: "Sky", model: "echo", systemPrompt: "Be kind" });
    expect(await exported(store, imported)).toEqual(file);
  }
  const before = await store.messages.all(conversation.id);
  const after = await store.messages.all(one.id);
  const ids = new Set([...before, ...after].map(({ id }) => id));
  expect(ids.size).toBe(8);
  expect((await store.conversations.list(other, { limit: 5 })).items).toHaveLength(2);
  expect((await store.conversations.list(owner, { limit: 5 })).items).toHaveLength(1);
});

test("what was imported goes on as any conversation does", async () => {
  const { store, owner, importFile } = await setUp();
  const { conversation } = await someTree(store, owner);
  const { id } = await importFile(owner, await exported(store, conversation));
  const [question, answer] = await store.messages.all(id);
  if (question === undefined || answer === undefined) throw new Error("not imported");
  // Nobody takes an empty replay for all of it.
  expect(await store.events.read(id, LOG_START, 10)).toBeUndefined();
  const next = await endedTurn(store, owner, id, {
    question: "More",
    answer: "More.",
    parentId: answer.id,
  });
  const path: string[] = [];
  for await (const one of store.messages.ancestors(id, next.generationId)) path.push(one.content);
  expect(path).toEqual(["More.", "More", "Light.", "Why? 😀"]);
  const again = await store.turns.regenerate({
    conversationId: id,
    owner,
    parentId: question.id,
    requestId: MessageId.parse(crypto.randomUUID()),
    generationId: GenerationId.parse(crypto.randomUUID()),
  });
  expect((await store.messages.get(id, again.generationId))?.status).toBe("streaming");
  expect(
    (await store.search.find(owner, "really", 5)).some((item) => item.conversation.id === id),
  ).toBe(true);
});

test("an answer under way is in the file as far as it is written, and so is what waits for it", async () => {
  const { store, owner } = await setUp();
  const conversation = await store.conversations.create(owner, {});
  const { id } = conversation;
  const ask = (content: string) =>
    store.turns.submit({
      owner,
      conversationId: id,
      content,
      messageId: MessageId.parse(crypto.randomUUID()),
      generationId: GenerationId.parse(crypto.randomUUID()),
    });
  await ask("first");
  const claim = await store.queue.claim("w");
  if (claim === undefined) throw new Error("nothing queued");
  await store.queue.append(claim, { entry: 1, at: 0, text: "half an ans", tokens: 1 });
  await ask("second");
  const { messages } = await exported(store, conversation);
  expect(messages).toMatchObject([
    { id: 1, parentId: null, content: "first" },
    { id: 2, parentId: 3, content: "second" },
    { id: 3, parentId: 1, content: "half an ans", status: "stopped" },
    { id: 4, parentId: 2, content: "", status: "stopped" },
  ]);
});

test("Markdown is the path from the root to the leaf, in its order", async () => {
  const { store, owner } = await setUp();
  const { conversation, first } = await someTree(store, owner);
  const { id } = conversation;
  const end = await pathEnd(store.messages, id, first.generationId);
  expect(await joined(exportMarkdown(store.messages, conversation, end))).toBe(
    "# Sky\n\n## System prompt\n\nBe kind\n\n## You\n\nWhy? 😀\n\n## Assistant\n\nLight.\n",
  );
  const newest = await joined(
    exportMarkdown(store.messages, conversation, await pathEnd(store.messages, id, undefined)),
  );
  expect(newest).toContain("Why, really?");
  expect(newest).not.toContain("Light.");
});

const message = (id: number, parentId: number | null) => ({
  id,
  parentId,
  role: "user" as const,
  content: `${id}`,
  createdAt: "2026-01-01T00:00:00Z",
  status: "done" as const,
  metadata: {},
});

test.each([
  ["two of an id", [message(1, null), message(1, null)], "Two messages have the id 1."],
  ["a parent that is not there", [message(1, 2)], "The message 1 follows one that is not there."],
  ["a circle", [message(1, 2), message(2, 1)], "follows itself"],
  ["itself", [message(1, 1)], "follows itself"],
])("a file with %s is refused, and leaves nothing", async (_, messages, words) => {
  const { store, owner, importFile } = await setUp();
  const file = ExportedConversation.parse({
    format: "chatbot.conversation",
    version: 1,
    title: "",
    createdAt: "2026-01-01T00:00:00Z",
    messages,
  });
  await expect(importFile(owner, file)).rejects.toThrow(words);
  expect((await store.conversations.list(owner, { limit: 5 })).items).toEqual([]);
  expect(await store.redis.client.dbSize()).toBe(0);
});

test("is seen by nobody before all of it is there, and expires where it stays half-done", async () => {
  const { store, owner } = await setUp();
  const id = ConversationId.parse(crypto.randomUUID());
  const tree = Array.from({ length: 450 }, () => ({
    id: MessageId.parse(crypto.randomUUID()),
    parentId: null,
    role: "user" as const,
    content: "x",
    createdAt: "2026-01-01T00:00:00.000Z",
    status: "done" as const,
    metadata: {},
  }));
  await store.imports.write(id, tree);
  const { messages, sent } = store.keys.of(id);
  for (const key of [messages, sent]) expect(await store.redis.client.ttl(key)).toBeGreaterThan(0);
  await expect(store.conversations.get(owner, id)).rejects.toMatchObject({ code: "not_found" });
  const made = await store.conversations.create(
    owner,
    { id },
    { createdAt: tree[0]?.createdAt ?? "" },
  );
  expect(made).toMatchObject({ id, createdAt: "2026-01-01T00:00:00.000Z" });
  for (const key of [messages, sent]) expect(await store.redis.client.ttl(key)).toBe(-1);
  expect(await store.messages.count(id)).toBe(450);
});

test("a conversation asked for twice under one id is one, and another's id is taken", async () => {
  const { store, owner } = await setUp();
  const id = ConversationId.parse(crypto.randomUUID());
  const [one, two] = await Promise.all([
    store.conversations.create(owner, { id, title: "a" }),
    store.conversations.create(owner, { id, title: "a" }),
  ]);
  expect(one).toEqual(two);
  expect((await store.conversations.list(owner, { limit: 5 })).items).toEqual([one]);
  await expect(store.conversations.create(someone(), { id })).rejects.toMatchObject({
    code: "invalid",
  });
  expect(await store.conversations.get(owner, id)).toEqual(one);
});

test("an import is found at once, to its very beginning", async () => {
  const { store, owner, importFile } = await setUp();
  const message = {
    role: "user",
    createdAt: "2026-01-02T03:04:05.678Z",
    status: "done",
    metadata: {},
  } as const;
  const file = {
    format: "chatbot.conversation",
    version: 1,
    title: "Long",
    createdAt: message.createdAt,
    messages: Array.from({ length: 1_500 }, (_, at) => ({
      ...message,
      id: at + 1,
      parentId: at === 0 ? null : at,
      content: `word${at}`,
    })),
  } as const;
  const { id } = await importFile(owner, file);
  expect(await store.redis.client.exists(store.keys.of(id).words)).toBe(1);
  const [first] = await store.search.find(owner, "word0", 5);
  expect(first).toMatchObject({ conversation: { id }, excerpt: "word0" });
});
