import { describe, expect, test } from "vitest";
import type { Message } from "../../../src/protocol/message.ts";
import { addPending, choose, emptyConversation } from "./conversation-state.ts";
import { rememberPath, selectPath } from "./conversation-tree.ts";
import { idOf, message } from "./sample.test-data.ts";

function stateOf(...messages: readonly Message[]) {
  return {
    ...emptyConversation("ready"),
    messages: new Map(messages.map((item) => [item.id, item])),
  };
}

const pathOf = (state: Parameters<typeof selectPath>[0]) =>
  selectPath(state).map(({ message: { id } }) => id);

describe("the path on screen", () => {
  test("is a straight conversation", () => {
    expect(pathOf(stateOf(message(1, null), message(2, 1), message(3, 2)))).toEqual(
      [1, 2, 3].map(idOf),
    );
  });

  test("follows the version below which something was written last", () => {
    const state = stateOf(message(1, null), message(2, 1), message(3, 1), message(4, 2));
    expect(pathOf(state)).toEqual([1, 2, 4].map(idOf));
    expect(selectPath(state)[1]?.siblings).toEqual([2, 3].map(idOf));
  });

  test("follows the version the reader chose", () => {
    const state = stateOf(message(1, null), message(2, 1), message(3, 1), message(4, 2));
    expect(pathOf(choose(state, idOf(1), idOf(3)))).toEqual([1, 3].map(idOf));
  });

  test("counts other beginnings as versions of the first message", () => {
    const state = stateOf(message(1, null), message(2, 1), message(3, null));
    expect(selectPath(state)[0]).toMatchObject({ siblings: [1, 3].map(idOf), group: "root" });
    expect(pathOf(choose(state, "root", idOf(1)))).toEqual([1, 2].map(idOf));
  });

  test("begins in the middle where older messages are not loaded", () => {
    expect(pathOf(stateOf(message(8, 7), message(9, 8)))).toEqual([8, 9].map(idOf));
  });

  test("shows versions in the order of their birth, not of their end", () => {
    const state = stateOf(message(1, null), message(3, 1), message(2, 1));
    expect(selectPath(state)[1]?.siblings).toEqual([2, 3].map(idOf));
  });

  test("ends with what is not sent yet, wherever this machine's clock stands", () => {
    const state = addPending(stateOf(message(1, null), message(2, 1)), {
      messageId: idOf(99),
      content: "mine",
      under: idOf(2),
      createdAt: "1970-01-01T00:00:00.000Z",
      refusal: undefined,
    });
    expect(pathOf(state)).toEqual([1, 2, 99].map(idOf));
  });

  test("shows a new version of one's own even where another was chosen", () => {
    const chosen = choose(stateOf(message(1, null), message(2, 1)), "root", idOf(1));
    const state = addPending(chosen, {
      messageId: idOf(99),
      content: "mine",
      under: null,
      createdAt: "",
      refusal: undefined,
    });
    expect(pathOf(state)).toEqual([idOf(99)]);
  });

  test("survives a circle", () => {
    expect(pathOf(stateOf(message(1, 2), message(2, 1)))).toEqual([]);
  });

  test("is the same object while only texts change", () => {
    const path = rememberPath();
    const state = stateOf(message(1, null));
    expect(path({ ...state })).toBe(path(state));
  });
});
