import fc from "fast-check";
import { expect, test } from "vitest";
import { foldText } from "./fold-text.ts";
import { excerptOf, mayMatch, parseQuery, titleMatches } from "./search-text.ts";

test("an excerpt is one bounded line around the match, cut at neither half of a pair", () => {
  const text = `${"😀".repeat(100)}\n\nthe zebra\tstands ${"😀".repeat(200)}`;
  const excerpt = excerptOf(text, parseQuery("zebra")) ?? "";
  expect(excerpt).toMatch(/^….*zebra stands .*…$/u);
  expect(excerpt.isWellFormed()).toBe(true);
  expect(excerpt.length).toBeLessThan(210);
  expect(excerptOf("short zebra", parseQuery("zebra"))).toBe("short zebra");
});

test("an excerpt is found where folding changes lengths before it", () => {
  const text = `${"ﬁß".repeat(300)} here is the zebra`;
  expect(excerptOf(text, parseQuery("zebra"))).toContain("zebra");
});

test("any text is found by the beginning of any of its words, and the quick look never denies it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.nat(), (text, at) => {
      const { words } = parseQuery(text);
      const word = words[at % Math.max(1, words.length)];
      if (word === undefined) return;
      const query = parseQuery(word.text);
      expect(excerptOf(text, query)).toBeDefined();
      expect(excerptOf(text, query)?.isWellFormed()).toBe(text.isWellFormed());
      expect(mayMatch(JSON.stringify({ content: text }), query)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test("folding twice is folding once", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(foldText(foldText(text))).toBe(foldText(text));
    }),
  );
});

test("a title matches by any part of its words, and by signs alone", () => {
  expect(titleMatches("Datenbank-Entwurf", parseQuery("bank entw"))).toBe(true);
  expect(titleMatches("C++ or Rust?", parseQuery("++"))).toBe(true);
  expect(titleMatches("Rust", parseQuery("++"))).toBe(false);
});

test("an excerpt is taken where the word can be read, not from an address or a footnote's sign", () => {
  const text =
    "**Jitter** helps.[^1]\n\n## How\n\nSee [it](https://example.org/1).\n\n1. Try **once**.";
  expect(excerptOf(text, parseQuery("1"), "markdown")).toBe(
    "Jitter helps. How See it. 1. Try once.",
  );
  // Where it stands nowhere else, as it is written.
  expect(excerptOf("See [it](https://example.org/zebra).", parseQuery("zebra"), "markdown")).toBe(
    "See [it](https://example.org/zebra).",
  );
});
