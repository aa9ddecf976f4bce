import fc from "fast-check";
import { applyDelta, type Delta, UNSEEN } from "../src/protocol/apply-delta.ts";

/** A delta in one line. */
export const delta = (fence: number, at: number, text: string, part?: "reasoning"): Delta => ({
  fence,
  at,
  text,
  part,
});
/** A log as workers write it: runs of rising fence, each from anywhere in the text so far. */
export const logs = fc
  .array(
    fc.record({
      keep: fc.nat(),
      thinksAgain: fc.boolean(),
      thoughts: fc.array(fc.string({ unit: "binary", maxLength: 6 }), { maxLength: 3 }),
      words: fc.array(fc.string({ unit: "binary", minLength: 1, maxLength: 6 }), { maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((runs) => {
    const log: Delta[] = [];
    let state = UNSEEN;
    const write = (one: Delta) => {
      const next = applyDelta(state, one);
      if (next === "gap") throw new Error("a log has no gaps");
      state = next;
      log.push(one);
    };
    for (const [index, { keep, thinksAgain, thoughts, words }] of runs.entries()) {
      const fence = index + 1;
      if (thinksAgain || index === 0) {
        let at = index === 0 ? 0 : keep % (state.reasoning.length + 1);
        for (const text of ["", ...thoughts]) {
          write(delta(fence, at, text, "reasoning"));
          at += text.length;
        }
      }
      let at = keep % (state.text.length + 1);
      for (const text of words) {
        write(delta(fence, at, text));
        at += text.length;
      }
    }
    return { log, end: state };
  });
