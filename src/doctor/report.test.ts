import { expect, test } from "vitest";
import type { Finding } from "./outcome.ts";
import { exitCodeOf, findingText, summaryText } from "./report.ts";

const url = "https://chat.example.org/";
const about = { id: "redis", what: "Connects to Redis" };
const held: Finding = { ...about, verdict: "held", detail: "It does not answer here." };
const failed: Finding = {
  ...about,
  verdict: "failed",
  detail: "It answers.",
  advice: "Close it.",
};
const unchecked: Finding = { ...about, verdict: "not checked", detail: "no address was given" };

test.each([
  [0, [held, unchecked], []],
  [1, [held, failed], []],
  [1, [failed], ["The cookie signs nobody in."]],
  [2, [held], ["The cookie signs nobody in."]],
  [2, [unchecked], []],
  [2, [], []],
] as const)("the exit code is %i where it should be", (code, findings, trouble) => {
  expect(exitCodeOf({ url, findings, trouble })).toBe(code);
});

test("a failure says what was seen and what to change", () => {
  expect(findingText(failed)).toBe(
    "FAILED       redis\n  Connects to Redis.\n  It answers.\n  Change: Close it.\n",
  );
});

test("what was not checked says why", () => {
  expect(findingText(unchecked)).toContain("No address was given.");
});

test("the end of a report counts, and names what failed", () => {
  const text = summaryText({ url, findings: [held, failed, unchecked], trouble: ["Too slow."] });
  expect(text).toContain("1 held, 1 failed, 1 not checked");
  expect(text).toContain("Failed: redis");
  expect(text).toContain("Too slow.");
});
