import { describe, expect, test } from "vitest";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { ConversationId } from "../../../src/protocol/ids.ts";
import { groupConversations } from "./conversation-groups.ts";
import {
  conversationOf,
  foldEdit,
  foldPage,
  foldPinned,
  foldUserEvent,
  settleEdit,
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
    undefined,
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
    const list = foldPage(UNKNOWN_LIST, page(one, two), undefined, since);
    expect([...list.items.values()]).toEqual([renamed]);
  });

  test("a page replaces what is known in its range and leaves what is older", () => {
    const [newest, middle, older, oldest] = [4, 3, 2, 1].map((day) =>
      conversation(day, new Date(2026, 9, day)),
    );
    if (!newest || !middle || !older || !oldest) throw new Error("not made");
    const top = { items: [newest, middle], next: "a" };
    const first = foldPage(UNKNOWN_LIST, top, undefined, new Map());
    const all = foldPage(first, page(older, oldest), middle.updatedAt, new Map());
    expect([...all.items.keys()]).toEqual([newest, middle, older, oldest].map(({ id }) => id));
    expect(all.next).toBeUndefined();

    const again = foldPage(all, { items: [newest, older], next: "b" }, undefined, new Map());
    expect(again.items.has(middle.id)).toBe(false);
    expect(again.items.has(oldest.id)).toBe(true);
    // What was loaded below the page is still the end of the list.
    expect(again.next).toBeUndefined();
    expect(foldPage(again, page(newest), undefined, new Map()).items.size).toBe(1);
  });

  test("pinned ones are known however old, and no others are pinned", () => {
    const old = conversation(3, new Date(2020, 1, 1), { pinned: true });
    const was = { ...one, pinned: true };
    const list = foldPage(UNKNOWN_LIST, { items: [was, two], next: "a" }, undefined, new Map());
    const { items } = foldPinned(list, [old], new Map());
    expect([...items.values()].filter(({ pinned }) => pinned)).toEqual([old]);
    expect(items.get(one.id)?.pinned).toBe(false);
  });

  test("a change of one's own covers older news until it is confirmed", () => {
    const list = foldPage(UNKNOWN_LIST, page(one), undefined, new Map());
    const edited = foldEdit(list, one.id, { title: "mine" });
    const told = foldUserEvent(edited, { type: "conversation.updated", conversation: one });
    expect(conversationOf(told, one.id)?.title).toBe("mine");
    const settled = settleEdit(told, one.id, { title: "mine" });
    expect(conversationOf(settled, one.id)?.title).toBe("title 1");
  });

  test("a change that is confirmed leaves a later one in place", () => {
    const list = foldPage(UNKNOWN_LIST, page(one), undefined, new Map());
    const twice = foldEdit(foldEdit(list, one.id, { title: "first" }), one.id, { title: "second" });
    const settled = settleEdit(foldEdit(twice, one.id, { pinned: true }), one.id, {
      title: "first",
    });
    expect(conversationOf(settled, one.id)).toMatchObject({ title: "second", pinned: true });
  });

  test("a deletion elsewhere takes everything with it", () => {
    const list = foldEdit(foldPage(UNKNOWN_LIST, page(one), undefined, new Map()), one.id, {
      pinned: true,
    });
    const gone = foldUserEvent(list, { type: "conversation.deleted", conversationId: one.id });
    expect(gone).toMatchObject({ items: new Map(), edits: new Map() });
  });
});
