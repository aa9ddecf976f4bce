import { expect, test } from "vitest";
import { parseRoute, pathOf } from "./route.ts";
import { CONVERSATION } from "./sample.test-data.ts";

test.each([
  ["/", { page: "new" }],
  [`/c/${CONVERSATION}`, { page: "conversation", id: CONVERSATION }],
  ["/c/not-an-id", { page: "unknown" }],
  [`/c/${CONVERSATION}/more`, { page: "unknown" }],
  ["/elsewhere", { page: "unknown" }],
])("%s is a place", (path, route) => {
  expect(parseRoute(path)).toEqual(route);
});

test("an address leads back to where it came from", () => {
  expect(pathOf(CONVERSATION)).toBe(`/c/${CONVERSATION}`);
  expect(pathOf(undefined)).toBe("/");
});
