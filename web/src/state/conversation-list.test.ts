import { describe, expect, test } from "vitest";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { ConversationId } from "../../../src/protocol/ids.ts";
import { groupConversations } from "./conversation-groups.ts";
import {
  conversationOf,
  foldEdit,
  foldPage,
  foldUserEvent,
  UNKNOWN_LIST,
} from "./conversation-list.ts";

const NOW = new Date(2026, 10, 21, 12);

function conversation(number: number, updated: Date, more: Partial<Conversation> = {}) {
  return {
    id: ConversationId.parse(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`),
    title: `title ${number}`,
    createdAt: updated.toISOString(),
    updatedAt: updated.toISOString(),
    pinned: false,
    generating: false,
    ...more,
  };
}

const page = (...items: Conversation[]) => ({ items, next: undefined });

test("groups by the reader's days, pinned first, newest first", () => {
  const list = foldPage(
    UNKNOWN_LIST,
    page(
      conversation(1, new Date(2026, 10, 21, 1)),
      conversation(2, new Date(2026, 10, 21, 9)),
      conversation(3, new Date(2026, 10, 20, 23)),
      conversation(4, new Date(2026, 10, 15)),
      conversation(5, new Date(2026, 9, 2)),
      conversation(6, new Date(2025, 9, 2)),
      conversation(7, new Date(2020, 1, 1), { pinned: true }),
    ),
    "first",
    new Map(),
  );
  const groups = groupConversations(list, NOW);
  expect(groups.map(({ label, items }) => [label, items.map(({ title }) => title)])).toEqual([
    ["Pinned", ["title 7"]],
    ["Today", ["title 2", "title 1"]],
    ["Yesterday", ["title 3"]],
    ["Previous 7 days", ["title 4"]],
    ["October", ["title 5"]],
    ["October 2025", ["title 6"]],
  ]);
});

describe("a page and the events that overtook it", () => {
  const one = conversation(1, NOW);
  const two = conversation(2, NOW);

  test("what was deleted meanwhile stays away, what changed is the newer", () => {
    const renamed = { ...two, title: "renamed" };
    const since = new Map<ConversationId, Conversation | "deleted">([
      [one.id, "deleted"],
      [two.id, renamed],
    ]);
    const list = foldPage(UNKNOWN_LIST, page(one, two), "first", since);
    expect([...list.items.values()]).toEqual([renamed]);
  });

  test("a first page replaces what is gone, a next page adds", () => {
    const list = foldPage(UNKNOWN_LIST, page(one), "first", new Map());
    expect(foldPage(list, page(two), "next", new Map()).items.size).toBe(2);
    expect([...foldPage(list, page(two), "first", new Map()).items.keys()]).toEqual([two.id]);
  });

  test("a change of one's own covers older news until it is confirmed", () => {
    const list = foldPage(UNKNOWN_LIST, page(one), "first", new Map());
    const edited = foldEdit(list, one.id, { title: "mine" });
    const told = foldUserEvent(edited, { type: "conversation.updated", conversation: one });
    expect(conversationOf(told, one.id)?.title).toBe("mine");
    expect(conversationOf(foldEdit(told, one.id, undefined), one.id)?.title).toBe("title 1");
  });

  test("a deletion elsewhere takes everything with it", () => {
    const list = foldEdit(foldPage(UNKNOWN_LIST, page(one), "first", new Map()), one.id, {
      pinned: true,
    });
    const gone = foldUserEvent(list, { type: "conversation.deleted", conversationId: one.id });
    expect(gone).toMatchObject({ items: new Map(), edits: new Map() });
  });
});
