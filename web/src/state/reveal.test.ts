import { expect, test } from "vitest";
import { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import { Message } from "../../../src/protocol/message.ts";
import { type ConversationState, emptyConversation, foldOlderPage } from "./conversation-state.ts";
import type { ConversationStore } from "./conversation-store.ts";
import { selectPath } from "./conversation-tree.ts";
import { createReveal } from "./reveal.ts";
import { createStore } from "./store.ts";

const idOf = (number: number) =>
  MessageId.parse(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`);

const message = (number: number, parent: number) =>
  Message.parse({
    id: idOf(number),
    parentId: parent === 0 ? null : idOf(parent),
    role: number % 2 === 1 ? "user" : "assistant",
    content: `message ${number}`,
    createdAt: new Date(number * 1_000).toISOString(),
    status: "done",
    metadata: {},
  });

/** A conversation whose pages come from the end; the fork at 2 goes on from 4, not from 3. */
function setUp() {
  const all = [message(1, 0), message(2, 1), message(3, 2), message(4, 2), message(5, 4)];
  for (let number = 6; number <= 20; number += 1) all.push(message(number, number - 1));
  const current = createStore<ConversationState>(emptyConversation("loading"));
  const pages: number[] = [];
  const take = (count: number) => {
    const from = all.length - current.get().messages.size - count;
    const items = all.slice(Math.max(0, from), from + count);
    current.set({ ...foldOlderPage(current.get(), items, from > 0), phase: "ready" });
  };
  const unused = () => {
    throw new Error("not used");
  };
  const conversations: ConversationStore = {
    current,
    loadingOlder: createStore(false),
    open: unused,
    adopt: unused,
    connected: unused,
    receive: unused,
    refused: unused,
    update: (_key, change) => current.set(change(current.get())),
    async loadOlder() {
      pages.push(current.get().messages.size);
      take(5);
    },
  };
  const path = () => selectPath(current.get()).map((node) => node.message.content);
  return { reveal: createReveal(conversations), take, pages, path };
}

const conversation = ConversationId.parse("00000000-0000-4000-8000-999999999999");

test("waits for the conversation, reads older pages and chooses the version", async () => {
  const { reveal, take, pages, path } = setUp();
  const shown = reveal.show(conversation, idOf(3));
  take(5);
  expect(await shown).toBe(true);
  expect(pages).toEqual([5, 10, 15]);
  expect(path()).toEqual(["message 1", "message 2", "message 3"]);
  expect(reveal.shown.get()).toEqual({ messageId: idOf(3) });
});

test("says when there is no such message", async () => {
  const { reveal, take } = setUp();
  take(20);
  expect(await reveal.show(conversation, idOf(99))).toBe(false);
  expect(reveal.shown.get()).toBeUndefined();
});

test("whoever goes elsewhere meanwhile is left alone", async () => {
  const { reveal, take } = setUp();
  const shown = reveal.show(conversation, idOf(3));
  reveal.stop();
  take(5);
  await shown;
  expect(reveal.shown.get()).toBeUndefined();
});
