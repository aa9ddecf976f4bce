import { expect, test } from "vitest";
import { highlightParts } from "./fold-text.ts";

const marked = (text: string, query: string, where?: "words") =>
  highlightParts(text, query, where)
    .map(({ text: part, hit }) => (hit ? `[${part}]` : part))
    .join("");

test.each([
  ["Rezept für Zwölf", "ZWOLF fur", "Rezept [für] [Zwölf]"],
  ["ﬁne ﬁsh", "fi", "[ﬁ]ne [ﬁ]sh"],
  ["天空是蓝色的", "蓝色", "天空是[蓝色]的"],
  ["👍 thumbs", "thumbs", "👍 [thumbs]"],
  ["nothing", "", "nothing"],
])("marks in %j what %j finds", (text, query, expected) => {
  expect(marked(text, query)).toBe(expected);
});

test("where only beginnings of words count, the middle of one stays unmarked", () => {
  expect(marked("in the beginning", "in", "words")).toBe("[in] the beginning");
  expect(marked("天空是蓝色的", "蓝色", "words")).toBe("天空是[蓝色]的");
});
