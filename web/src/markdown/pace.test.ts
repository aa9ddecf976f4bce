import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, arrive, LATEST_MS, type Pace, paceFrom } from "./pace.ts";

const FRAME_MS = 16;

/** What is shown at each picture while pieces arrive, in UTF-16 units. */
function play(pieces: readonly { at: number; text: string }[]): { now: number; shown: number }[] {
  let pace: Pace = paceFrom(0);
  let text = "";
  const frames: { now: number; shown: number }[] = [];
  const last = pieces.at(-1)?.at ?? 0;
  const waiting = [...pieces];
  for (let now = 0; now <= last + 2 * LATEST_MS; now += FRAME_MS) {
    while (waiting[0] && waiting[0].at <= now) text += waiting.shift()?.text ?? "";
    pace = advance(arrive(pace, text.length, now), text, now);
    frames.push({ now, shown: pace.shown });
  }
  return frames;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

describe("the pace of a growing text", () => {
  test("a burst appears word by word, not at once", () => {
    const frames = play([{ at: 0, text: "one two three four five six seven eight nine ten" }]);
    const steps = new Set(frames.map(({ shown }) => shown));
    expect(steps.size).toBeGreaterThan(3);
    const text = "one two three four five six seven eight nine ten";
    for (const step of steps) expect(text.slice(0, step)).toMatch(/^$|\w$|\s$/);
    for (const step of steps) expect(`${text} `.slice(step)).toMatch(/^(?:\s|\b|$)/);
  });

  test("bursts that come evenly flow evenly", () => {
    const words = "word word word word ";
    const frames = play(Array.from({ length: 10 }, (_, n) => ({ at: n * 60, text: words })));
    const grown = frames
      .slice(6, 34)
      .map(({ shown }, index, all) => shown - (all[index - 1]?.shown ?? shown));
    expect(Math.max(...grown)).toBeLessThanOrEqual(words.length / 2);
  });

  const pieces = fc.array(
    fc.record({
      at: fc.nat({ max: 2_000 }),
      text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }),
    }),
    { minLength: 1, maxLength: 30 },
  );

  test("nothing that has arrived is ever late, taken back, or ahead", () => {
    void fc.assert(
      fc.property(pieces, (some) => {
        const sorted = some.toSorted((a, b) => a.at - b.at);
        let before = 0;
        for (const { now, shown } of play(sorted)) {
          const lengthAt = (time: number) =>
            sorted.filter(({ at }) => at <= time).reduce((sum, one) => sum + one.text.length, 0);
          expect(shown).toBeGreaterThanOrEqual(lengthAt(now - LATEST_MS - FRAME_MS));
          expect(shown).toBeLessThanOrEqual(lengthAt(now));
          expect(shown).toBeGreaterThanOrEqual(before);
          before = shown;
        }
      }),
    );
  });

  test.each([
    ["families and flags", "👩‍👩‍👧 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿, 👍🏽! e\u0301te\u0301 🇩🇪🇫🇷 "],
    ["Chinese", "为什么天空是蓝色的？因为瑞利散射。"],
    ["Arabic", "مرحبًا بالعالم، هذا نصٌّ طويل "],
    ["one endless word", "a".repeat(2_000)],
  ])("%s: no character is shown in part", (_, piece) => {
    const text = piece.repeat(4);
    const whole = new Set(
      [...graphemes.segment(text)].map(({ index }) => index).concat(text.length),
    );
    const frames = play([{ at: 0, text }]);
    for (const { shown } of frames) expect(whole.has(shown)).toBe(true);
    expect(frames.at(-1)?.shown).toBe(text.length);
  });

  test("a text that was truncated goes on from what is left", () => {
    const pace = advance(arrive(paceFrom(10), 30, 0), "x".repeat(30), 10);
    expect(arrive(pace, 5, 20)).toEqual(paceFrom(5));
  });
});
