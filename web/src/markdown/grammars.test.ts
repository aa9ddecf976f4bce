import hljs from "highlight.js/lib/core";
import { expect, test } from "vitest";
import { grammarOf, LANGUAGES } from "./grammars.ts";

test.each(LANGUAGES)("%s is known by every name of its grammar, and loads", async (name) => {
  const { default: define } = (await grammarOf(name)?.load()) ?? {};
  if (!define) throw new Error("there is no grammar");
  const { aliases = [] } = define(hljs);
  const names = aliases.filter((alias) => !LANGUAGES.includes(alias));
  expect(names.map((alias) => grammarOf(alias)?.name)).toEqual(names.map(() => name));
});

test("a language's name counts in any case, and one that nobody knows has no grammar", () => {
  expect(grammarOf("TypeScript")?.name).toBe("typescript");
  expect(grammarOf("constructor")).toBeUndefined();
  expect(grammarOf("")).toBeUndefined();
});

test("every language within another has a grammar itself", () => {
  const within = LANGUAGES.flatMap((name) => grammarOf(name)?.within ?? []);
  expect(within.filter((name) => grammarOf(name)?.name !== name)).toEqual([]);
});
