import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { delta, logs } from "../../test/delta-logs.ts";
import { applyDelta, type Delta, type GenerationText, UNSEEN } from "./apply-delta.ts";

const mine: GenerationText = { fence: 5, text: "hello", reasoning: "hm" };

describe("a delta", () => {
  test.each([
    ["of an older run is dropped", delta(4, 5, " world"), mine],
    ["that follows is appended", delta(5, 5, " world"), { ...mine, text: "hello world" }],
    ["that overlaps adds what is new", delta(5, 3, "lo!"), { ...mine, text: "hello!" }],
    ["that is known adds nothing", delta(5, 0, "hell"), mine],
    ["beyond the end is a gap", delta(5, 6, "!"), "gap"],
    ["of a newer run beyond the end is a gap", delta(6, 6, "!"), "gap"],
    ["of a newer run truncates", delta(6, 2, "y"), { fence: 6, text: "hey", reasoning: "hm" }],
    [
      "of thought is a text of its own",
      delta(5, 2, "m", "reasoning"),
      { ...mine, reasoning: "hmm" },
    ],
    [
      "of newer thought empties the answer",
      delta(6, 0, "so", "reasoning"),
      { fence: 6, text: "", reasoning: "so" },
    ],
  ])("%s", (_, given, expected) => {
    expect(applyDelta(mine, given)).toEqual(expected);
  });
});

/** Neighbours of one run and part, run together here and there. */
function merged(log: readonly Delta[], choose: (index: number) => boolean): Delta[] {
  const result: Delta[] = [];
  for (const [index, one] of log.entries()) {
    const last = result.at(-1);
    if (
      last !== undefined &&
      choose(index) &&
      last.fence === one.fence &&
      last.part === one.part &&
      last.at + last.text.length === one.at
    ) {
      result[result.length - 1] = { ...last, text: last.text + one.text };
    } else {
      result.push(one);
    }
  }
  return result;
}

test("any mix of replayed, doubled, merged and late deltas renders the log's text", () => {
  fc.assert(
    fc.property(
      logs,
      fc.infiniteStream(fc.boolean()),
      fc.array(fc.tuple(fc.nat(), fc.nat())),
      ({ log, end }, choices, repeats) => {
        const delivered = merged(log, () => choices.next().value === true);
        // Each piece of what came before may come again at any later moment.
        for (const [from, to] of repeats) {
          const source = from % delivered.length;
          const target = source + 1 + (to % (delivered.length - source));
          const again = delivered[source];
          if (again !== undefined) delivered.splice(target, 0, again);
        }
        let state = UNSEEN;
        for (const one of delivered) {
          const next = applyDelta(state, one);
          expect(next).not.toBe("gap");
          if (next !== "gap") state = next;
        }
        expect(state).toEqual(end);
      },
    ),
    { numRuns: 2_000 },
  );
});
