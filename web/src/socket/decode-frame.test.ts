import { expect, test } from "vitest";
import { decodeFrame } from "./decode-frame.ts";

const conversationId = "00000000-0000-4000-8000-000000000000";
const frame = (value: unknown) => decodeFrame(JSON.stringify(value));

test("reads the frames of the contract", () => {
  expect(frame({ type: "pong", at: 1 })).toEqual({ type: "pong", at: 1 });
  expect(
    frame({
      type: "delta",
      conversationId,
      generationId: conversationId,
      fence: 1,
      at: 0,
      text: "x",
    }),
  ).toMatchObject({ type: "delta", text: "x" });
  expect(frame({ type: "event", log: "user", event: { type: "conversations.changed" } })).toEqual({
    type: "event",
    log: "user",
    event: { type: "conversations.changed" },
  });
});

test("a logged event of a type it does not know is only a step of the log", () => {
  const event = { type: "message.rated", stars: 5 };
  expect(frame({ type: "event", conversationId, id: "7-1", event })).toEqual({
    type: "skipped",
    conversationId,
    id: "7-1",
  });
  expect(frame({ type: "event", conversationId, event })).toBeUndefined();
});

test.each([
  "",
  "{",
  "[]",
  "null",
  '"x"',
  '{"type":1}',
  '{"type":"news"}',
  '{"type":"delta","fence":"1"}',
  '{"type":"event","log":"user","event":{"type":"news"}}',
])("%j is ignored", (data) => {
  expect(decodeFrame(data)).toBeUndefined();
});

test("a binary frame is ignored", () => {
  expect(decodeFrame(new ArrayBuffer(2))).toBeUndefined();
});
