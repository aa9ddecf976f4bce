import { describe, expect, test } from "vitest";
import { ENDLESS_LINE, HOSTILE } from "./hostile.test-data.ts";
import { definitionsFor, renderBlock, renderTail } from "./render-blocks.ts";
import { markupOf } from "./rendered-text.test-data.ts";
import { splitBlocks } from "./split-blocks.ts";
import { NO_TEXT, type SplitText } from "./split-text.ts";

/** What would stand on the page, having been shown growing in `steps` steps. */
function grow(text: string, steps: number): string {
  let split: SplitText = NO_TEXT;
  for (let step = 1; step < steps; step += 1) {
    split = splitBlocks(split, text.slice(0, Math.floor((text.length * step) / steps)));
    renderTail(split, true);
  }
  split = splitBlocks(split, text);
  const blocks = split.chunks.flat().map((block) => {
    const mine = definitionsFor(block.source, split.definitions, false);
    return markupOf(renderBlock(block, mine));
  });
  return [...blocks, markupOf(renderTail(split, false))].join("");
}

describe.each(Object.entries(HOSTILE))("%s", (_, text) => {
  test("becomes elements of our own alone, in bounded time", () => {
    const markup = grow(text, 40);
    expect(markup).not.toMatch(/<(?:script|img|iframe|style|link|meta|base|form|object|b|i)[\s>]/);
    expect(markup).not.toMatch(/<a href=(?!https?:|mailto:)/);
    expect(markup.replaceAll(/\.code="[^"]*"/g, "")).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
  });
});

test("a line of a megabyte is shown in bounded time", () => {
  expect(grow(ENDLESS_LINE, 40).length).toBeGreaterThan(ENDLESS_LINE.length / 2);
});
