import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NO_LINES, splitLines } from "./split-lines.ts";

test("keeps all lines, however they arrive, and full groups as they are", () => {
  const code = fc.array(fc.string({ maxLength: 300 }), { maxLength: 60 }).map((l) => l.join("\n"));
  void fc.assert(
    fc.property(code, fc.nat({ max: 100 }), (text, percent) => {
      const middle = Math.floor((text.length * percent) / 100);
      const before = splitLines(NO_LINES, text.slice(0, middle));
      const after = splitLines(before, text);
      expect(after.chunks.join("\n")).toBe(text);
      expect(after.chunks.slice(0, before.chunks.length - 1)).toEqual(before.chunks.slice(0, -1));
    }),
  );
});
