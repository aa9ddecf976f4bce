import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseMarkdown } from "./parse.ts";
import { splitBlocks } from "./split-blocks.ts";
import { CHUNK, NO_TEXT, type SplitText } from "./split-text.ts";

const blocksOf = (split: SplitText) => [
  ...split.chunks.flat().map(({ source }) => source),
  split.text.slice(split.start),
];

/** Lines that begin, continue, end and interrupt blocks. */
const line = fc.constantFrom(
  "",
  "",
  "text",
  "# Heading",
  "- item",
  "  more",
  "1. one",
  "    code",
  "```js",
  "```",
  "~~~",
  "  ```",
  "- ```",
  "> quote",
  "| a | b |",
  "|---|---|",
  "[ref]: https://example.org",
  "[^1]: note",
  "---",
  "===",
  "* * *",
  "> # Heading",
  "> - item",
  "> ---",
  "    ```",
  "\tcode",
  "<div>",
  "</div>",
  "      - deep",
  "  | c |",
  "![](x)",
);
const markdown = fc.array(line, { maxLength: 30 }).map((lines) => lines.join("\n"));

/** A tree without positions, and without the blank lines of code that nothing closed. */
function shape(source: string): unknown {
  return JSON.parse(
    JSON.stringify(parseMarkdown(source).children, (key, value) =>
      key === "position" ? undefined : key === "value" ? String(value).trimEnd() : value,
    ),
  );
}

describe("cutting", () => {
  test("loses nothing and adds nothing", () => {
    void fc.assert(
      fc.property(markdown, (text) => {
        expect(blocksOf(splitBlocks(NO_TEXT, text)).join("")).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is the same however the text arrives", () => {
    void fc.assert(
      fc.property(markdown, fc.array(fc.nat({ max: 7 })), (text, steps) => {
        let split = NO_TEXT;
        let at = 0;
        for (const step of steps) {
          at = Math.min(text.length, at + step);
          split = splitBlocks(split, text.slice(0, at));
        }
        expect(blocksOf(splitBlocks(split, text))).toEqual(blocksOf(splitBlocks(NO_TEXT, text)));
      }),
      { numRuns: 2_000 },
    );
  });

  test("parts parse as the whole", () => {
    void fc.assert(
      fc.property(markdown, (text) => {
        fc.pre(!text.includes("[ref]") && !text.includes("[^1]"));
        const parts = blocksOf(splitBlocks(NO_TEXT, text)).flatMap((block) => shape(block));
        expect(parts).toEqual(shape(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["a line behind the code of a list item", "- ```\n  ```\ntext\n  ```\n```js\n"],
    ["code behind a rule, with a blank line in it", "---\n    code\n\n    code\n"],
    ["a fence that a paragraph takes in for its indent", "text\n    ```\nmore\n```\ncode\n"],
    ["a fence that a paragraph takes in for its number", "text\n2. ```\nmore\n```\ncode\n"],
    ["a fence that an item takes in", "   - item\n    ```\n|---|---|\n"],
  ])("%s is read as in the whole", (_, text) => {
    const parts = blocksOf(splitBlocks(NO_TEXT, text)).flatMap((block) => shape(block));
    expect(parts).toEqual(shape(text));
  });

  test.each([
    ["of an item", "- a\n  ```js\n"],
    ["of an item three levels down", "- a\n  - b\n    - c\n      ```js\n"],
    ["behind a number three levels down", "1. a\n   1. b\n      1. ```js\n"],
  ])("code %s is known to be open", (_, text) => {
    expect(splitBlocks(NO_TEXT, `${text}let **b`).fence).toMatchObject({ top: false });
  });

  test("a text that was truncated is read anew", () => {
    const split = splitBlocks(NO_TEXT, "one\n\ntwo\n\nthree");
    expect(blocksOf(splitBlocks(split, "one\n\nother\n"))).toEqual(["one\n\n", "other\n"]);
  });
});

test("a table that is cut for its length goes on with its head", () => {
  const rows = "| one | two |\n".repeat(1_000);
  const split = splitBlocks(NO_TEXT, `| a | b |\n|---|---|\n${rows}\nafter\n`);
  const tables = split.chunks.flat().filter(({ head }) => head !== "");
  expect(tables.length).toBeGreaterThan(1);
  for (const { head, source } of tables) {
    expect(parseMarkdown(head + source).children.map(({ type }) => type)).toEqual(["table"]);
  }
  expect(split.head).toBe("");
});

test.each([
  ["a paragraph", "One.\n\n", "T"],
  ["a list", "- one\n- two\n\n", "T"],
  ["a heading", "# One\n", "T"],
  ["a table", "| a |\n|---|\n| b |\n\n", "**"],
  ["a footnote", "[^1]: One.\n\n", "T"],
])("%s is settled by the first letter of what follows", (_, before, letter) => {
  const split = splitBlocks(NO_TEXT, before + letter);
  expect(split.chunks.flat().map(({ source }) => source)).toEqual([before]);
});

test.each([
  ["an item that goes on", "- one\n\n", "  t"],
  ["the number of an item", "1. one\n\n", "2"],
  ["a paragraph that goes on", "One\n", "t"],
])("%s does not settle what is above it", (_, before, begun) => {
  expect(splitBlocks(NO_TEXT, before + begun).chunks).toEqual([]);
});

describe("flat cost", () => {
  test("a settled block keeps no other text alive than its own", () => {
    setFlagsFromString("--expose-gc");
    const collect: () => void = runInNewContext("gc");
    const paragraphs = Array.from(
      { length: 1_000 },
      (_, n) => `paragraph ${n}, a hundred letters long or so, which is not much\n\n`,
    );
    collect();
    const before = process.memoryUsage().heapUsed;
    let text = "";
    let split = NO_TEXT;
    for (const paragraph of paragraphs) {
      text += paragraph;
      split = splitBlocks(split, text);
    }
    collect();
    // A thousand texts as long as the answer was at the time would be 30 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
    expect(split.chunks.length).toBeGreaterThan(200);
  });

  test("full chunks keep their identity while the text grows", () => {
    const paragraphs = Array.from({ length: 3 * CHUNK }, (_, index) => `p ${index}\n\n`).join("");
    const before = splitBlocks(NO_TEXT, paragraphs);
    const after = splitBlocks(before, `${paragraphs}and more`);
    expect(after.chunks[0]).toBe(before.chunks[0]);
    expect(after.chunks[1]).toBe(before.chunks[1]);
  });

  test.each([
    ["a list", "- an item of the list\n".repeat(5_000)],
    ["a paragraph of many lines", "a line of text\n".repeat(7_000)],
    ["a table", `| a | b |\n|---|---|\n${"| one | two |\n".repeat(7_000)}`],
    ["one endless line", "word ".repeat(20_000)],
    ["one endless word", "语".repeat(100_000)],
  ])("%s never leaves a long tail", (_, text) => {
    let split = NO_TEXT;
    for (let at = 0; at < text.length; at += 997) {
      split = splitBlocks(split, text.slice(0, at));
      expect(at - split.start).toBeLessThan(20_000);
    }
  });
});
