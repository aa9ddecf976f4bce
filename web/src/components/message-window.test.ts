import { expect, test } from "vitest";
import { MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Path } from "../state/conversation-tree.ts";
import { NO_WINDOW, WINDOW, widen, windowOf } from "./message-window.ts";

const idOf = (n: number) =>
  MessageId.parse(`00000000-0000-4000-8000-${String(n).padStart(12, "0")}`);

/** Messages `from` to `to`, the last not among them. */
function path(from: number, to: number): Path {
  return Array.from({ length: to - from }, (_, index) => {
    const message: Message = {
      id: idOf(from + index),
      parentId: null,
      role: "user",
      content: "",
      createdAt: "",
      status: "done",
      metadata: {},
    };
    return { message, pending: undefined, group: "root", siblings: [message.id] };
  });
}

test("a long conversation begins with its end", () => {
  expect(windowOf(path(0, 2_000), NO_WINDOW, true).start).toBe(2_000 - WINDOW);
});

test("what one reads further up stays the first while messages come below", () => {
  const before = widen(path(0, 500), windowOf(path(0, 500), NO_WINDOW, true));
  const after = windowOf(path(0, 900), before, false);
  expect(after).toEqual(before);
});

test("at the end, what is far above is taken away", () => {
  const before = windowOf(path(0, 100), NO_WINDOW, true);
  expect(windowOf(path(0, 400), before, true).start).toBe(400 - WINDOW);
});

test("an older page that was asked for is shown, and no more than is asked for at once", () => {
  const before = windowOf(path(200, 250), NO_WINDOW, true);
  expect(before.start).toBe(0);
  expect(windowOf(path(150, 250), before, false).start).toBe(0);
  expect(windowOf(path(0, 250), before, false).start).toBe(200 - WINDOW);
});

test("a message that was searched for comes onto the page with some before it", () => {
  const before = windowOf(path(0, 1_000), NO_WINDOW, true);
  expect(widen(path(0, 1_000), before, 500).start).toBe(500 - WINDOW / 4);
});
