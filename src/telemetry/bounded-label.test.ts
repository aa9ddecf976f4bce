import { expect, test } from "vitest";
import { createBoundedLabel } from "./bounded-label.ts";

test("the first values stand for themselves, all others for one", () => {
  const label = createBoundedLabel(2);
  expect(["a", "b", "c", "a", "d"].map(label)).toEqual(["a", "b", "other", "a", "other"]);
});
