import fc from "fast-check";
import { expect, test } from "vitest";
import { logs } from "../../test/delta-logs.ts";
import { applyDelta, UNSEEN } from "../protocol/apply-delta.ts";
import { receiveDelta } from "./receive-delta.ts";

test("whatever is lost, what is shown is the log's text, or part of it and known to be", () => {
  fc.assert(
    fc.property(logs, fc.infiniteStream(fc.nat({ max: 3 })), ({ log, end }, luck) => {
      let mine = UNSEEN;
      let stored = UNSEEN;
      for (const delta of log) {
        const next = applyDelta(stored, delta);
        if (next === "gap") throw new Error("a log has no gaps");
        stored = next;
        if (luck.next().value === 0) continue;
        const received = receiveDelta(mine, delta);
        mine = received === "read" ? stored : received;
        if (mine.fence === stored.fence) {
          expect(stored.text.startsWith(mine.text)).toBe(true);
          expect(stored.reasoning.startsWith(mine.reasoning)).toBe(true);
        }
      }
      // The end event carries both lengths.
      if (mine.fence === end.fence && mine.text.length === end.text.length) {
        expect(mine.text).toBe(end.text);
      }
    }),
    { numRuns: 2_000 },
  );
});
