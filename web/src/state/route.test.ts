import { expect, test } from "vitest";
import { MessageId } from "../../../src/protocol/ids.ts";
import { parseRoute, pathOf } from "./route.ts";
import { CONVERSATION } from "./sample.test-data.ts";

test.each([
  ["/", { page: "new" }],
  [`/c/${CONVERSATION}`, { page: "conversation", id: CONVERSATION }],
  ["/c/not-an-id", { page: "unknown" }],
  [`/c/${CONVERSATION}/more`, { page: "unknown" }],
  ["/elsewhere", { page: "unknown" }],
  [`/share/${"a-b_".repeat(8)}`, { page: "share", id: "a-b_".repeat(8) }],
  ["/share/too-short", { page: "unknown" }],
])("%s is a place", (path, route) => {
  expect(parseRoute(path)).toEqual(route);
});

test("a fragment names a message, and nothing else", () => {
  const at = MessageId.parse("00000000-0000-4000-8000-000000000001");
  const to = { page: "conversation", id: CONVERSATION, at };
  const { pathname, hash } = new URL(pathOf(CONVERSATION, at), "http://chat.test");
  expect(parseRoute(pathname, hash)).toEqual(to);
  expect(parseRoute(pathname, "#message")).toEqual({ page: "conversation", id: CONVERSATION });
});

test("an address leads back to where it came from", () => {
  expect(pathOf(CONVERSATION)).toBe(`/c/${CONVERSATION}`);
  expect(pathOf(undefined)).toBe("/");
});
