import { describe, expect, test } from "vitest";
import { CORPUS } from "./corpus.test-data.ts";
import { definitionsFor, renderBlock, renderTail } from "./render-blocks.ts";
import { textOf } from "./rendered-text.test-data.ts";
import { splitBlocks } from "./split-blocks.ts";
import { NO_TEXT, type SplitText } from "./split-text.ts";

/** What a reader sees of a text that is still being written, or is whole. */
function shown(split: SplitText, streaming: boolean): string[] {
  return [
    ...split.chunks.flat().map((block) => {
      const mine = definitionsFor(block.source, split.definitions, streaming);
      return textOf(renderBlock(block, mine));
    }),
    textOf(renderTail(split, streaming)),
  ];
}

const solid = (parts: readonly string[]) => parts.join("").replaceAll(/\s+/g, "");

describe.each(Object.entries(CORPUS))("%s", (_, text) => {
  test("shows at every moment the beginning of what it will show in the end", () => {
    const whole = solid(shown(splitBlocks(NO_TEXT, `${text}\n`), false));
    let split = NO_TEXT;
    let longest = 0;
    for (let end = 1; end <= text.length; end += 1) {
      split = splitBlocks(split, text.slice(0, end));
      const seen = solid(shown(split, true));
      expect(whole.startsWith(seen), `${text.slice(0, end)}\n\nshows: ${seen.slice(-80)}`).toBe(
        true,
      );
      // What has been read never goes away again.
      expect(seen.length, text.slice(0, end)).toBeGreaterThanOrEqual(longest);
      longest = seen.length;
    }
  });

  test("never changes a block that has settled", () => {
    let split = NO_TEXT;
    let before: readonly string[] = [];
    for (let end = 1; end <= text.length; end += 1) {
      split = splitBlocks(split, text.slice(0, end));
      const blocks = split.chunks.flat().map(({ source }) => source);
      expect(blocks.slice(0, before.length)).toEqual(before);
      before = blocks;
    }
  });
});
