import { expect, test } from "vitest";
import { ChatError } from "../domain/errors.ts";
import { createImportConversation } from "../domain/import-conversation.ts";
import { ConversationId, UserId } from "../protocol/ids.ts";
import { readExport } from "./read-export.ts";

const TIME = "2026-01-02T03:04:05.678Z";

function fileOf(count: number) {
  const messages = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    parentId: at === 0 ? null : at,
    role: "user",
    content: "Some words. ".repeat(50),
    createdAt: TIME,
    status: "done",
  }));
  const head = { format: "chatbot.conversation", version: 1, title: "Long", createdAt: TIME };
  return { ...head, messages };
}

/** How often other work of the process had its turn before `task` had ended. */
async function turnsDuring(task: Promise<unknown>): Promise<number> {
  let turns = 0;
  let ended = false;
  const count = () => {
    turns += 1;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  await task;
  ended = true;
  return turns;
}

test("a long file is read, and made a conversation of, while everything else goes on", async () => {
  expect(await turnsDuring(readExport(fileOf(10_000)))).toBeGreaterThan(50);
  const file = await readExport(fileOf(10_000));
  expect(file.messages).toHaveLength(10_000);
  expect(file.messages[0]?.metadata).toEqual({});
  const imports = { write: async () => undefined, discard: async () => undefined };
  const conversations = {
    create: async () => ({
      id: ConversationId.parse(crypto.randomUUID()),
      title: "Long",
      createdAt: TIME,
      updatedAt: TIME,
      pinned: false,
      generating: false,
    }),
  };
  const importFile = createImportConversation({
    conversations,
    imports,
    searchIndex: { index: async () => undefined },
    catalogue: {
      models: () => [],
      pick: () => {
        throw new ChatError("invalid", "No model has that id.");
      },
    },
  });
  expect(await turnsDuring(importFile(UserId.parse("someone"), file))).toBeGreaterThan(20);
});

test("what is wrong is named by its place in the file", async () => {
  const file = fileOf(3);
  const wrong = { ...file, messages: [...file.messages, { ...file.messages[0], role: "nobody" }] };
  await expect(readExport(wrong)).rejects.toThrow(/^messages\.3\.role: /);
  await expect(readExport({ ...file, version: 2 })).rejects.toThrow(/^version: /);
  await expect(readExport("text")).rejects.toThrow(ChatError);
  await expect(readExport({ ...file, messages: Array(20_001).fill(null) })).rejects.toThrow(
    /^messages: .*20000/,
  );
});
