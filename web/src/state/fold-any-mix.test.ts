import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeltaFrame, GenerationState } from "../../../src/protocol/frames.ts";
import type { ConversationState } from "./conversation-state.ts";
import { foldFrame } from "./fold-frame.ts";
import { eventId, logged } from "./sample.test-data.ts";
import { ANSWER, ASKED, delta, finished, fold, STARTED, subscribed } from "./turn.test-data.ts";

/** One durable entry of a generation's delta stream. */
interface Entry {
  readonly fence: number;
  readonly at: number;
  readonly text: string;
  readonly whole: string;
}

const entries = fc
  .array(
    fc.record({
      takeOver: fc.integer({ min: 0, max: 5 }).map((dice) => dice === 0),
      back: fc.nat({ max: 20 }),
      text: fc.string({ minLength: 1, maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((steps) => {
    const log: Entry[] = [];
    for (const { takeOver, back, text } of steps) {
      const last = log.at(-1) ?? { fence: 1, whole: "" };
      const fence = takeOver ? last.fence + 1 : last.fence;
      const at = takeOver ? Math.max(0, last.whole.length - back) : last.whole.length;
      log.push({ fence, at, text, whole: last.whole.slice(0, at) + text });
    }
    return log;
  });

describe("any mix of frames", () => {
  test("replayed, doubled, merged, lost or late deltas show the log's text", () => {
    const noise = fc.array(fc.record({ kind: fc.nat({ max: 4 }), pick: fc.nat() }), {
      minLength: 40,
      maxLength: 40,
    });
    void fc.assert(
      fc.property(entries, noise, (log, mix) => {
        let state = fold([...ASKED, STARTED]);
        const subscribe = (upTo: number) => {
          const { fence, whole } = log[upTo] ?? { fence: 0, whole: "" };
          const text: GenerationState = {
            generationId: ANSWER,
            fence,
            text: whole,
            status: "running",
          };
          const frame = subscribed({ mode: "replay", cursor: eventId(3), generations: [text] });
          state = fold([frame], state);
        };
        const deliver = (frame: DeltaFrame, seen: number) => {
          const next = foldFrame(state, frame);
          if (next === "gap") subscribe(seen);
          else state = next;
        };
        for (const [index, { fence, at, text }] of log.entries()) {
          const { kind, pick } = mix[index] ?? { kind: 0, pick: 0 };
          const old = log[pick % (index + 1)];
          const before = log[index - 1];
          if (kind === 1 && old) deliver(delta(old.fence, old.at, old.text), index);
          // Lost, but only as a pipe loses: the first of a new run comes, or nothing does.
          if (kind === 2 && before?.fence === fence) continue;
          if (kind === 3) subscribe(index);
          if (kind === 4 && before && before.fence === fence) {
            deliver(delta(fence, before.at, before.text + text), index);
          }
          deliver(delta(fence, at, text), index);
        }
        const whole = log.at(-1)?.whole ?? "";
        // The end proves what is missing, and asking again mends it.
        const end = logged(4, finished(whole.length));
        if (foldFrame(state, end) === "gap") subscribe(log.length - 1);
        const done = fold([end], state);
        expect(done.messages.get(ANSWER)?.content.length).toBe(whole.length);
        if (state.live.get(ANSWER)?.text.fence === log.at(-1)?.fence) {
          expect(done.messages.get(ANSWER)?.content).toBe(whole);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a log replayed from anywhere shows what it showed", () => {
    const log = [...ASKED.slice(1), STARTED, logged(4, finished(0))];
    void fc.assert(
      fc.property(fc.array(fc.nat({ max: log.length - 1 }), { maxLength: 30 }), (order) => {
        const straight = fold([subscribed({}), ...log]);
        const doubled = order.reduce<ConversationState>((state, index) => {
          const frame = log[index];
          const next = frame ? foldFrame(state, frame) : state;
          return next === "gap" ? state : next;
        }, straight);
        expect(doubled).toEqual(straight);
      }),
    );
  });
});
