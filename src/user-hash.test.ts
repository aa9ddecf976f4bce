import { expect, test } from "vitest";
import { createUserHash } from "./user-hash.ts";

const KEY = "a key that is long enough";

test("the same user has the same hash in every process with the key", () => {
  expect(createUserHash(KEY)("alice")).toBe(createUserHash(KEY)("alice"));
  expect(createUserHash(KEY)("alice")).toMatch(/^[\da-f]{16}$/);
});

test("another user or another key gives another hash", () => {
  const hash = createUserHash(KEY)("alice");
  expect(createUserHash(KEY)("bob")).not.toBe(hash);
  expect(createUserHash(`${KEY}!`)("alice")).not.toBe(hash);
});

test("without a key a hash links lines of one process alone", () => {
  const mine = createUserHash(undefined);
  expect(mine("alice")).toBe(mine("alice"));
  expect(createUserHash(undefined)("alice")).not.toBe(mine("alice"));
});
