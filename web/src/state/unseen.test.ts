import { expect, test } from "vitest";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { ConversationId } from "../../../src/protocol/ids.ts";
import { createUnseen } from "./unseen.ts";

const idOf = (number: number) =>
  ConversationId.parse(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`);

/** A browser in which tabs can be opened, each told of what the others write. */
function browser() {
  const map = new Map<string, string>();
  const tabs = new Set<(key: string | null) => void>();
  const open = () => {
    let listener = (_: string | null) => {};
    const storage = {
      read: (key: string) => map.get(key),
      write(key: string, value: string | undefined) {
        if (value === undefined) map.delete(key);
        else map.set(key, value);
        for (const tab of tabs) if (tab !== listener) tab(`chatbot:${key}`);
      },
      keys: (start: string) => [...map.keys()].filter((key) => key.startsWith(start)),
    };
    const unseen = createUnseen(storage, (told) => {
      listener = told;
      tabs.add(told);
    });
    return { ...unseen, marked: () => [...unseen.ids.get()] };
  };
  return { map, open };
}

function conversation(number: number, generating: boolean, seconds = 0): Conversation {
  const updatedAt = new Date(seconds * 1_000).toISOString();
  const id = idOf(number);
  return { id, title: "", createdAt: updatedAt, updatedAt, pinned: false, generating };
}

test("an answer that ends elsewhere is marked until its conversation is opened", () => {
  const { observe, marked } = browser().open();
  observe([conversation(1, false)], undefined);
  expect(marked()).toEqual([]);
  observe([conversation(1, true)], undefined);
  expect(marked()).toEqual([]);
  observe([conversation(1, false, 5)], undefined);
  expect(marked()).toEqual([idOf(1)]);
  observe([conversation(1, false, 5)], idOf(1));
  expect(marked()).toEqual([]);
  observe([conversation(1, true, 6)], undefined);
  observe([conversation(1, false, 7)], undefined);
  expect(marked()).toEqual([idOf(1)]);
});

test("an answer that ends under the reader's eyes is never marked, a rename neither", () => {
  const { observe, marked } = browser().open();
  observe([conversation(1, true)], idOf(1));
  observe([conversation(1, false, 5)], idOf(1));
  observe([conversation(1, false, 9)], undefined);
  expect(marked()).toEqual([]);
});

test("tabs agree on what was seen, and a reload forgets nothing", () => {
  const { open } = browser();
  const [left, right] = [open(), open()];
  left.observe([conversation(1, true)], undefined);
  // The other tab shows it, and sees it end first.
  right.observe([conversation(1, false, 5)], idOf(1));
  left.observe([conversation(1, false, 5)], undefined);
  expect(left.marked()).toEqual([]);
  left.observe([conversation(2, true)], undefined);
  left.observe([conversation(2, false, 8)], undefined);
  expect(right.marked()).toEqual([idOf(2)]);
  const reloaded = open();
  expect(reloaded.marked()).toEqual([idOf(2)]);
  reloaded.observe([conversation(2, false, 8)], idOf(2));
  expect(left.marked()).toEqual([]);
});

test("marks of long ago do not pile up", () => {
  const { map, open } = browser();
  for (let number = 0; number < 400; number += 1) {
    map.set(`answer:${idOf(number)}`, new Date(number * 1_000).toISOString());
  }
  const { marked } = open();
  expect(marked()).toHaveLength(300);
  expect(map.size).toBe(300);
  expect(marked()).toContain(idOf(399));
});
