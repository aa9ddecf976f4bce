import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("waits up to a bound that doubles to fifteen seconds", () => {
  expect([0, 1, 2, 3, 10, 1_000].map((attempt) => backoffMs(attempt, () => 1))).toEqual([
    400, 800, 1_600, 3_200, 15_000, 15_000,
  ]);
  expect(backoffMs(5, () => 0)).toBe(0);
});
