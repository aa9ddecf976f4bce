import { expect, test } from "vitest";
import { queueWords } from "./failure-words.ts";

test.each([
  [undefined, undefined, "In line"],
  [0, undefined, "Next in line"],
  [2, undefined, "3rd in line"],
  [2, 11_400, "3rd in line, about 15 s"],
  [1, 2_100, "2nd in line, about 3 s"],
  [10, 200, "11th in line, about 1 s"],
  [21, 150_000, "22nd in line, about 3 min"],
])("a place in the queue of %s with %s ms reads %s", (position, estimateMs, words) => {
  expect(queueWords(position, estimateMs)).toBe(words);
});
