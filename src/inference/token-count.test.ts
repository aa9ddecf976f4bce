import { describe, expect, test } from "vitest";
import { createTokenCounter, estimateTokens } from "./token-count.ts";

const never = new AbortController().signal;
const LONG = "a text that is long enough to be counted";

describe("createTokenCounter", () => {
  test("asks once for each text", async () => {
    let asked = 0;
    const count = createTokenCounter(async () => {
      asked += 1;
      return 7;
    });
    expect([await count(LONG, never), await count(LONG, never)]).toEqual([7, 7]);
    expect(asked).toBe(1);
  });

  test("answers for a short text from above, without asking", async () => {
    const count = createTokenCounter(() => Promise.reject(new Error("asked")));
    expect(await count("Hi 👋", never)).toBe(8);
    expect(await count("", never)).toBe(1);
  });

  test("forgets the text that was used longest ago", async () => {
    let asked = 0;
    const count = createTokenCounter(async () => {
      asked += 1;
      return 7;
    });
    await count(`${LONG} 0`, never);
    for (let n = 1; n < 4_096; n += 1) await count(`${LONG} ${n}`, never);
    await count(`${LONG} 0`, never);
    await count(`${LONG} 4096`, never);
    expect(asked).toBe(4_097);
    await count(`${LONG} 0`, never);
    expect(asked).toBe(4_097);
    await count(`${LONG} 1`, never);
    expect(asked).toBe(4_098);
  });

  test("estimates where the server does not count, and leaves it alone for a while", async () => {
    let asked = 0;
    const count = createTokenCounter(() => {
      asked += 1;
      return Promise.reject(new Error("away"));
    });
    expect(await count(LONG, never)).toBe(estimateTokens(LONG));
    expect(await count(`${LONG}!`, never)).toBe(estimateTokens(`${LONG}!`));
    expect(asked).toBe(1);
  });

  test("rejects by its signal alone", async () => {
    const reason = new Error("stopped");
    const count = createTokenCounter(async () => 7);
    await expect(count(LONG, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe("estimateTokens", () => {
  // Counted by o200k_base or cl100k_base.
  test.each([
    ["The quick brown fox jumps over the lazy dog.", 10],
    ["const a = { b: [1, 2, 3] };", 16],
    ["Donaudampfschifffahrtsgesellschaft", 13],
    ["你好，世界", 6],
    ["🎉🎉", 6],
    ["aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQgZW5jb2RlZA==", 28],
    ["3.14159265358979", 7],
  ])("is no less than the truth for %j", (text, tokens) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(tokens);
    expect(estimateTokens(text)).toBeLessThanOrEqual(tokens * 3 + 2);
  });
});
