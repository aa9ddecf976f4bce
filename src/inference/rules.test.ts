import { describe, expect, test } from "vitest";
import { collect } from "../../test/pieces.ts";
import {
  answerByRules,
  createRulesEngine,
  DEFAULT_RULES_FILE,
  parseRules,
  readRules,
} from "./rules.ts";

const never = new AbortController().signal;
const rules = (...entries: readonly object[]) => parseRules(JSON.stringify(entries), "my.json");
const defaults = readRules(DEFAULT_RULES_FILE);

describe("answerByRules", () => {
  test("takes the first that matches, and fills its groups in", () => {
    const found = rules(
      { pattern: "^add (\\d+) (\\d+)( more)?$", answer: "$1 plus $2$3 costs $5 or $$, says $&" },
      { pattern: "add", answer: "second" },
      { answer: ["Nothing", "matches."] },
    );
    expect(answerByRules(found, "ADD 1 2")).toBe("1 plus 2 costs $5 or $$, says ADD 1 2");
    expect(answerByRules(found, "please add")).toBe("second");
    expect(answerByRules(found, "?")).toBe("Nothing\nmatches.");
  });

  test("has something to say where no rule has", () => {
    expect(answerByRules(rules({ pattern: "x", answer: "y" }), "?")).toMatch(/\w/);
  });

  test("outlives a pattern that backtracks for ever, and goes on behind it", () => {
    const found = rules(
      { pattern: "^(a+)+$", answer: "never" },
      { pattern: "b$", answer: "found" },
      { answer: "fallback" },
    );
    const begun = performance.now();
    expect(["found", "fallback"]).toContain(answerByRules(found, `${"a".repeat(1_990)}b`));
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  test("reads no more than the beginning of a long question", () => {
    const found = rules({ pattern: "needle", answer: "found" }, { answer: "fallback" });
    expect(answerByRules(found, `${"x".repeat(2_000)}needle`)).toBe("fallback");
  });
});

describe("parseRules", () => {
  test.each([
    ['[\n  {"answer": "a"}\n  {"answer": "b"}\n]', /my\.json is no JSON: .*line 3/],
    ["{}", /my\.json, the file/],
    ["[]", /my\.json, the file/],
    ['[{"answer":"a"},{"pattern":"x"}]', /my\.json, entry 2, answer/],
    ['[{"answer":"a","pattrn":"x"}]', /my\.json, entry 1/],
    ['[{"pattern":"(","answer":"a"}]', /my\.json, entry 1, pattern: .*\(/],
    ['[{"pattern":"x","flags":"g","answer":"a"}]', /entry 1, flags/],
    [JSON.stringify([{ pattern: "x".repeat(501), answer: "a" }]), /entry 1, pattern/],
  ])("says where %s is wrong", (text, message) => {
    expect(() => parseRules(text, "my.json")).toThrow(message);
  });

  test("says that a file is missing", () => {
    expect(() => readRules("/nowhere/rules.json")).toThrow("/nowhere/rules.json cannot be read");
  });
});

describe("the rules that come with the project", () => {
  test.each([
    ["Hello there", /no model server is configured/],
    ["你好", /no model server is configured/],
    ["who are you?", /built-in demo engine/],
    ["How do I connect a real model?", /INFERENCE_SERVER_URL=http.* npm start/],
    ["show me a table", /\| :--- \|/],
    ["show me some code", /```typescript/],
    ["Show me a list", /- \[x\] /],
    ["a formula, please", /\$\$/],
    ["my name is Zoë", /\*\*Zoë\*\*/],
    ["how does this work?", /Redis/],
    ["asdf", /INFERENCE_SERVER_URL/],
  ])("answer %j", (question, answer) => {
    expect(answerByRules(defaults, question)).toMatch(answer);
  });

  test("tell a story that is long enough to be stopped", () => {
    const words = answerByRules(defaults, "Tell me a long story").split(/\s+/);
    expect(words.length).toBeGreaterThan(500);
  });
});

test("an answer is streamed word by word, and goes on from where it was", async () => {
  const engine = createRulesEngine(rules({ answer: "one two **three** four" }), 0);
  const request = { messages: [{ role: "user", content: "?" }], parameters: {} } as const;
  const whole = await collect(engine.generate(request, never));
  expect(whole).toMatchObject({ text: "one two **three** four", finishReason: "stop", tokens: 4 });
  const continueFrom = { text: "one tw", reasoning: "", tokens: 2 };
  const rest = await collect(engine.generate({ ...request, continueFrom }, never));
  expect(rest).toMatchObject({ text: "o **three** four", marks: ["end"] });
});
