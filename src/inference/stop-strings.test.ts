import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createStopCutter } from "./stop-strings.ts";

function cut(pieces: readonly string[], stops: readonly string[], shown = ""): string {
  const cutter = createStopCutter(stops, shown);
  return (
    pieces.map((piece) => cutter.push(piece)).join("") + (cutter.stopped ? "" : cutter.flush())
  );
}

describe("createStopCutter", () => {
  test.each([
    [["one END two"], ["END"], "one "],
    [["one E", "N", "D two"], ["END"], "one "],
    [["one EN", "T"], ["END"], "one ENT"],
    [["aab"], ["ab"], "a"],
    [["a", "a", "b"], ["ab"], "a"],
    [["x ##", "# y"], ["###", "\n\n"], "x "],
    [["first b then a"], ["a", "b"], "first "],
    [["nothing"], [], "nothing"],
  ])("cuts %j at %j", (pieces, stops, text) => {
    expect(cut(pieces, stops)).toBe(text);
  });

  test("finds a stop string that began before the seam, and takes back nothing", () => {
    expect(cut(["D and more"], ["END"], "it is the EN")).toBe("");
    expect(cut(["T", "ER"], ["END"], "it is the EN")).toBe("TER");
  });

  test("does not stop at what was shown whole before", () => {
    expect(cut([" goes on"], ["END"], "an END")).toBe(" goes on");
  });

  test("shows at once what can be no stop string", () => {
    expect(createStopCutter(["END"]).push("Hello")).toBe("Hello");
  });

  test("never lets half a surrogate pair through", () => {
    const cutter = createStopCutter([]);
    expect(cutter.push("a\ud83c")).toBe("a");
    expect(cutter.push("\udf89b")).toBe("🎉b");
    expect(cutter.push("\ud83c")).toBe("");
    expect(cutter.flush()).toBe("\ufffd");
  });

  test("shows no stop string, however the text is cut", () => {
    const letters = fc.array(fc.constantFrom("a", "b", "ab", "ba"), { maxLength: 20 });
    const stops = fc.array(fc.constantFrom("aba", "bb", "abab"), { maxLength: 3 });
    fc.assert(
      fc.property(letters, stops, (pieces, found) => {
        const whole = pieces.join("");
        const ends = found.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
        // The first to be complete wins; of those complete at once, the one that began first.
        const shortest = Math.min(...ends, whole.length);
        const text = cut([...whole], found);
        expect(whole.startsWith(text)).toBe(true);
        expect(text.length).toBeGreaterThanOrEqual(shortest);
        for (const stop of found) expect(text).not.toContain(stop);
      }),
    );
  });
});
