import { afterEach, describe, expect, test } from "vitest";
import { ar } from "./ar.ts";
import { de } from "./de.ts";
import { en } from "./en.ts";
import { formatList, formatMonth, formatNumber } from "./format.ts";
import { languageOf, localeOf } from "./language.ts";
import { setLocale } from "./locale.ts";
import { zh } from "./zh.ts";

afterEach(() => setLocale("en"));

/** Names, signs and words that a language has from English. */
const SAME_IN_ALL = new Set([
  "Chatbot",
  "Ctrl",
  "Shift",
  "Enter",
  "Esc",
  "Markdown",
  "JSON",
  "Top-p",
]);
const SAME_IN_GERMAN = new Set([
  ...[
    "Details",
    "System",
    "Offline",
    "Engine",
    "Prompt",
    "Tokens",
    "Text",
    "Temperature",
    "Name",
    "Link",
    "7 ms",
    "in 7 s",
  ],
]);

type Leaf = string | ((...args: unknown[]) => unknown);

/** Every word of a language by its path. */
function leavesOf(value: unknown, path = ""): [string, Leaf][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return [[path, (...args) => value(...args)]];
  return Object.entries(value ?? {}).flatMap(([key, inner]) =>
    leavesOf(inner, path === "" ? key : `${path}.${key}`),
  );
}

/** What a word says, where its placeholders are filled with 7, 8, 9: their letters or digits. */
function spoken(leaf: Leaf): string {
  if (typeof leaf === "string") return leaf;
  const said = leaf(7, 8, 9, 10);
  return Array.isArray(said) ? said.join("") : String(said);
}

const english = new Map(leavesOf(en));

describe.each([
  ["de", de, new Set([...SAME_IN_ALL, ...SAME_IN_GERMAN])],
  ["zh", zh, SAME_IN_ALL],
  ["ar", ar, SAME_IN_ALL],
] as const)("in %s", (code, words, same) => {
  const leaves = leavesOf(words);

  test("each word is there, and says something", () => {
    expect(leaves.map(([path]) => path).sort()).toEqual([...english.keys()].sort());
    expect(leaves.filter(([, leaf]) => spoken(leaf).trim() === "")).toEqual([]);
  });

  test("nothing is left in English", () => {
    setLocale("en");
    const left = leaves.filter(([path, leaf]) => {
      const said = spoken(leaf);
      const original = spoken(english.get(path) ?? "");
      return said === original && /[A-Za-z]{2}/.test(said) && !same.has(said);
    });
    expect(left.map(([path, leaf]) => `${path}: ${spoken(leaf)}`)).toEqual([]);
  });

  test("a placeholder of the English word is in the other too", () => {
    setLocale(code);
    const missing = leaves.flatMap(([path, leaf]) => {
      setLocale("en");
      const wanted = [7, 8, 9, 10].filter((sample) =>
        new RegExp(`(?<!\\d)${sample}(?!\\d)`).test(spoken(english.get(path) ?? "")),
      );
      setLocale(code);
      const said = spoken(leaf);
      const lost = wanted.filter(
        (sample) => !said.includes(String(sample)) && !said.includes(formatNumber(sample)),
      );
      return lost.length === 0 || typeof leaf === "string" ? [] : [`${path}: ${said}`];
    });
    expect(missing).toEqual([]);
  });
});

test("each of the six plurals of Arabic has its own form", () => {
  setLocale("ar-EG");
  const said = [0, 1, 2, 3, 11, 100].map((count) => ar.palette.results(count));
  expect(new Set(said).size).toBe(6);
  expect(said).toContain("٣ نتائج");
  expect(said).toContain("١١ نتيجة");
});

test("English tells one from many, German and Chinese too where they do", () => {
  expect([1, 2, 1_000].map((count) => en.palette.results(count))).toEqual([
    "1 result",
    "2 results",
    "1,000 results",
  ]);
  setLocale("de");
  expect(de.details.promptTokens(1)).toBe("1 Token");
  expect(de.details.promptTokens(1_000)).toBe("1.000 Tokens");
  setLocale("zh-Hans");
  expect(zh.palette.results(2)).toBe("2 个结果");
});

test.each([
  ["en-GB", "November", "March 2024"],
  ["de", "November", "März 2024"],
  ["zh-Hans", "十一月", "2024年3月"],
  ["ar-EG", "نوفمبر", "مارس ٢٠٢٤"],
])("in %s a month of this year is %s, one of another %s", (locale, here, there) => {
  setLocale(locale);
  const now = new Date(2026, 10, 21);
  expect(formatMonth(new Date(2026, 10, 1), now)).toBe(here);
  expect(formatMonth(new Date(2024, 2, 1), now)).toBe(there);
});

test("lists are joined as the language joins them", () => {
  setLocale("de");
  expect(formatList(["a", "b", "c"])).toBe("a, b und c");
});

test.each([
  ["de-AT", "de"],
  ["zh-TW", "zh"],
  ["ar", "ar"],
  ["EN-us", "en"],
  ["fr", undefined],
  ["", undefined],
])("%j is of the language %s", (tag, code) => {
  expect(languageOf(tag)).toBe(code);
});

test("dates are of the reader's own region, of the same script", () => {
  expect(localeOf("en", ["de-DE", "en-GB"])).toBe("en-GB");
  expect(localeOf("zh", ["zh-TW", "zh-SG"])).toBe("zh-SG");
  expect(localeOf("ar", ["en-US"])).toBe("ar");
});
