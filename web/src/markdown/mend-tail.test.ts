import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mendTail } from "./mend-tail.ts";
import { parseMarkdown } from "./parse.ts";
import { renderNode } from "./render-nodes.ts";
import { textOf } from "./rendered-text.test-data.ts";
import { splitBlocks } from "./split-blocks.ts";
import { NO_TEXT } from "./split-text.ts";

test.each([
  ["**bo", "**bo**"],
  ["**bold*", "**bold**"],
  ["a **", "a"],
  ["*it", "*it*"],
  ["***both", "***both***"],
  ["~~gone", "~~gone~~"],
  ["~~gone~", "~~gone~~"],
  ["about ~5", "about ~5"],
  ["`co", "`co`"],
  ["``co`", "``co``"],
  ["a `", "a"],
  ["see [te", "see [te](pending:)"],
  ["[te", ""],
  ["see [text][la", "see [text](pending:)"],
  ["see [**te", "see [**te**](pending:)"],
  ["[text](https://exa", "[text](pending:)"],
  ["[text](https://a.b) and *c", "[text](https://a.b) and *c*"],
  ["see ![alt](https://exa", "see"],
  ["see ![al", "see"],
  ["note[^1", "note"],
  ["2 * 3 = 6", "2 * 3 = 6"],
  ["snake_case_name", "snake_case_name"],
  ["5*x", "5*x"],
  ["done **bold** and `code`", "done **bold** and `code`"],
  ["a \\", "a"],
  ["a \\*b", "a \\*b"],
  ["text\n#", "text\n"],
  ["text\n---", "text\n"],
  ["text\n- ", "text\n"],
  ["- one\n- **tw", "- one\n- **tw**"],
  ["- one\n- [", "- one\n"],
  ["- one\n- [x] tw*o", "- one\n- [x] tw*o"],
  ["1. one\n2.", "1. one\n"],
  ["`unclosed in one item\n", "`unclosed in one item\n`"],
  ["# He*ad", "# He*ad"],
  ["``", ""],
])("%j is about to be %j", (tail, whole) => {
  expect(mendTail(tail).trimEnd()).toBe(whole.trimEnd());
});

test.each([
  "| a",
  "| a | b",
  "| a | b |",
  "| a | b |\n|",
  "| a | b |\n|--",
  "| a | b |\n|---|---|\n| **x",
])("%j is a table already", (tail) => {
  expect(parseMarkdown(mendTail(tail)).children[0]?.type).toBe("table");
});

describe("a text that arrives character by character", () => {
  const TEXT = [
    "Some **bold words**, *italic*, `code` and ~~gone~~ text with a [link](https://example.org).",
    "## A heading with `code`",
    "- first **item**\n- second [item](https://example.org/x)\n  - nested *one*",
    "1. one\n2. two",
    "| a | **b** |\n|---|---|\n| `1` | 2 |",
    "> quoted **text**",
    "```js\nconst a = `b`;\n```",
    "The end.",
  ].join("\n\n");

  test("never shows a mark that vanishes", () => {
    for (let end = 1; end <= TEXT.length; end += 1) {
      const split = splitBlocks(NO_TEXT, TEXT.slice(0, end));
      if (split.fence) continue;
      const source = mendTail(split.text.slice(split.start));
      const context = { complete: false, runOn: false, length: source.length + 1 };
      const text = textOf(renderNode(parseMarkdown(source), context));
      expect(text, TEXT.slice(0, end)).not.toMatch(/\*|~~|\]\(|\[|\||##|(?<!`)`(?!`)/);
    }
  });

  test("never breaks, whatever it is", () => {
    void fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."*_~`[]()!|\\#->1. \na".split("")), maxLength: 60 }),
        (tail) => {
          parseMarkdown(mendTail(tail));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
