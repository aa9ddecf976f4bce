import { describe, expect, test } from "vitest";
import { ClientFrame } from "../../../src/protocol/frames.ts";
import { frameOf, type OutboxEntry, parseEntry } from "./outbox.ts";
import { CONVERSATION, idOf } from "./sample.test-data.ts";

const entry: OutboxEntry = {
  id: idOf(1),
  conversationId: CONVERSATION,
  draftId: undefined,
  userId: "ada",
  createdAt: "2026-11-21T00:00:00.000Z",
  model: "m",
  what: { kind: "message", content: "Hello", parentId: idOf(7), under: idOf(7) },
};

describe("an outbox entry", () => {
  test.each([
    ["a message", entry],
    ["a first message", { ...entry, what: { ...entry.what, parentId: undefined, under: null } }],
    [
      "a new beginning",
      { ...entry, what: { kind: "message", content: "x", parentId: null, under: null } },
    ],
    [
      "another answer",
      { ...entry, what: { kind: "generation", parentId: idOf(7), continue: idOf(8) } },
    ],
  ] satisfies [string, unknown][])("%s outlives a reload", (_, kept) => {
    const back = parseEntry(JSON.stringify(kept));
    expect(JSON.stringify(back && frameOf(back))).toBe(
      JSON.stringify(frameOf(parseEntry(JSON.stringify(kept)) ?? entry)),
    );
    expect(back).toMatchObject({ id: entry.id, userId: "ada" });
    expect(ClientFrame.safeParse(back && frameOf(back)).success).toBe(true);
  });

  test("has no frame before its conversation exists", () => {
    expect(frameOf({ ...entry, conversationId: undefined, draftId: "d" })).toBeUndefined();
  });

  test("tells an absent parent from a root", () => {
    const absent = frameOf({
      ...entry,
      what: { kind: "message", content: "x", parentId: undefined, under: null },
    });
    expect(absent && "parentId" in absent).toBe(false);
    const root = frameOf({
      ...entry,
      what: { kind: "message", content: "x", parentId: null, under: null },
    });
    expect(root).toMatchObject({ parentId: null });
  });

  test.each([undefined, "", "{", "null", '{"id":"1"}', '{"id":1,"what":{}}'])(
    "%j is none",
    (json) => {
      expect(parseEntry(json)).toBeUndefined();
    },
  );
});
