import { describe, expect, test } from "vitest";
import { parseSetting, textOf } from "./settings-fields.ts";

describe("a setting", () => {
  test("that is cleared is the server's default again, and an empty set of them is none", () => {
    const settings = { parameters: { temperature: 0.2 } };
    expect(parseSetting(settings, "temperature", " ")).toEqual({
      settings: { parameters: undefined },
    });
  });

  test.each([
    ["temperature", "2.1", "A number from 0 to 2."],
    ["topP", "0", "A number above 0, at most 1."],
    ["maxTokens", "1.5", "A whole number from 1 to 131,072."],
    ["seed", "-1", "A whole number from 0 to 2,147,483,647."],
    ["presencePenalty", "x", "A number from -2 to 2."],
    ["stop", "a\nb\nc\nd\ne", "At most 4 lines of 100 characters."],
  ] as const)("%s refuses %j and says what it takes", (key, text, wrong) => {
    expect(parseSetting({}, key, text)).toEqual({ wrong });
  });

  test("a system prompt that is too long says by how much", () => {
    expect(parseSetting({}, "systemPrompt", "x".repeat(16_001))).toEqual({
      wrong: "Too long: 16,001 of 16,000 characters.",
    });
  });

  test("stop strings keep line breaks, tabs and backslashes through their lines", () => {
    const stop = ["\n\n", "a\\n", "\tEnd"];
    const text = textOf({ parameters: { stop } }, "stop");
    expect(text).toBe("\\n\\n\na\\\\n\n\\tEnd");
    expect(parseSetting({}, "stop", text)).toEqual({
      settings: { systemPrompt: undefined, parameters: { stop } },
    });
  });
});
