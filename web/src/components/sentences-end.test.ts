import { expect, test } from "vitest";
import { sentencesEnd } from "./sentences-end.ts";

test.each([
  ["Hello the", 0, 0],
  ["Hello. The", 0, 6],
  ["Hello. The end? Or", 6, 15],
  ["Version 2.5 is", 0, 0],
  ["天空是蓝色的。因为", 0, 7],
  ["A line\nand", 0, 7],
])("%j from %i is whole up to %i", (text, from, end) => {
  expect(sentencesEnd(text, from)).toBe(end);
});
