import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeltaFrame, GenerationState, SubscribedFrame } from "../../../src/protocol/frames.ts";
import { LOG_START } from "../../../src/protocol/ids.ts";
import { addPending, type ConversationState, emptyConversation } from "./conversation-state.ts";
import { type ConversationFrame, foldFrame } from "./fold-frame.ts";
import { CONVERSATION, eventId, idOf, logged, message } from "./sample.test-data.ts";

const QUESTION = idOf(1);
const ANSWER = idOf(2);

function subscribed(more: Partial<SubscribedFrame>): SubscribedFrame {
  return {
    type: "subscribed",
    conversationId: CONVERSATION,
    mode: "snapshot",
    cursor: LOG_START,
    generations: [],
    ...more,
  };
}

function delta(fence: number, at: number, text: string, part?: "reasoning"): DeltaFrame {
  const base = { type: "delta", conversationId: CONVERSATION, generationId: ANSWER } as const;
  return part ? { ...base, fence, at, text, part } : { ...base, fence, at, text };
}

const finished = (length: number) =>
  ({
    type: "generation.finished",
    generationId: ANSWER,
    length,
    finishReason: "stop",
    usage: {},
    timing: {},
  }) as const;

function fold(frames: readonly ConversationFrame[], from = emptyConversation("loading")) {
  return frames.reduce<ConversationState>((state, frame) => {
    const next = foldFrame(state, frame);
    if (next === "gap") throw new Error("gap");
    return next;
  }, from);
}

const ASKED: readonly ConversationFrame[] = [
  subscribed({}),
  logged(1, { type: "message.created", message: message(1, null) }),
  logged(2, { type: "generation.queued", generationId: ANSWER, parentId: QUESTION, position: 2 }),
];
const STARTED = logged(3, {
  type: "generation.started",
  generationId: ANSWER,
  model: "m",
  engine: "e",
});

describe("one turn", () => {
  test("goes from the line over growing to done", () => {
    const queued = fold(ASKED);
    expect(queued.live.get(ANSWER)).toMatchObject({ status: "queued", position: 2 });
    const running = fold([STARTED, delta(5, 0, "Hel"), delta(5, 3, "lo")], queued);
    expect(running.live.get(ANSWER)).toMatchObject({ status: "running", text: { text: "Hello" } });
    const done = fold([logged(4, finished(5))], running);
    expect(done.live.size).toBe(0);
    expect(done.messages.get(ANSWER)).toMatchObject({
      content: "Hello",
      status: "done",
      metadata: { model: "m", engine: "e", finishReason: "stop" },
    });
    expect(done.cursor).toBe(eventId(4));
  });

  test("moves up the line without an id", () => {
    const moved = fold([
      ...ASKED,
      {
        type: "event",
        conversationId: CONVERSATION,
        event: {
          type: "generation.queued",
          generationId: ANSWER,
          parentId: QUESTION,
          position: 1,
        },
      },
    ]);
    expect(moved.live.get(ANSWER)?.position).toBe(1);
    expect(moved.cursor).toBe(eventId(2));
  });

  test("replaces a message of ours by the log's own", () => {
    const mine = addPending(emptyConversation("loading"), {
      messageId: QUESTION,
      content: "message 1",
      under: null,
      createdAt: "",
      refusal: undefined,
    });
    expect(fold(ASKED, mine).pending).toEqual([]);
  });

  test("keeps a stopped and a failed answer's text", () => {
    const running = fold([...ASKED, STARTED, delta(5, 0, "Hel")]);
    const stopped = logged(4, { type: "generation.stopped", generationId: ANSWER, length: 3 });
    expect(fold([stopped], running).messages.get(ANSWER)).toMatchObject({
      status: "stopped",
      content: "Hel",
    });
    const failed = logged(4, {
      type: "generation.failed",
      generationId: ANSWER,
      code: "timeout",
      retryable: true,
      length: 3,
    });
    expect(fold([failed], running).messages.get(ANSWER)).toMatchObject({
      status: "failed",
      metadata: { failure: { code: "timeout", retryable: true } },
    });
  });
});

describe("what is missing, doubled or unknown", () => {
  test.each([
    ["a delta ahead of the text", delta(5, 4, "x")],
    ["an event ahead of the cursor", logged(9, finished(0))],
    ["an end whose length is not the text's", logged(4, finished(7))],
  ])("%s is a gap", (_, frame) => {
    const running = fold([...ASKED, STARTED, delta(5, 0, "Hel")]);
    expect(foldFrame(running, frame)).toBe("gap");
  });

  test("an end is taken all the same where asking again did not help", () => {
    const running = fold([...ASKED, STARTED, delta(5, 0, "Hel")]);
    const ended = foldFrame(running, logged(4, finished(7)), { lenient: true });
    expect(ended).toMatchObject({ cursor: eventId(4) });
  });

  test("an unknown event moves the cursor and nothing else", () => {
    const before = fold(ASKED);
    const after = fold([{ type: "skipped", conversationId: CONVERSATION, id: eventId(3) }], before);
    expect(after).toEqual({ ...before, cursor: eventId(3) });
  });

  test("a late double of an ended answer's delta changes nothing", () => {
    const done = fold([...ASKED, STARTED, delta(5, 0, "Hi"), logged(4, finished(2))]);
    expect(foldFrame(done, delta(5, 0, "Hi"))).toBe(done);
    expect(foldFrame(done, logged(4, finished(2)))).toBe(done);
  });
});

describe("subscribing again", () => {
  test("takes whole texts in place of ours, and the end that follows", () => {
    const left = fold([...ASKED, STARTED, delta(5, 0, "Hel")]);
    const back = fold(
      [
        subscribed({
          mode: "replay",
          cursor: eventId(3),
          generations: [
            { generationId: ANSWER, fence: 9, text: "Help is here", status: "finished" },
          ],
        }),
        logged(4, finished(12)),
      ],
      left,
    );
    expect(back.messages.get(ANSWER)).toMatchObject({ content: "Help is here", status: "done" });
  });

  test("a text that comes before its place in the tree waits for it", () => {
    const text: GenerationState = {
      generationId: ANSWER,
      fence: 3,
      text: "Hello",
      status: "running",
    };
    const [, created, queued] = ASKED;
    if (!created || !queued) throw new Error("sample");
    const state = fold([
      subscribed({ mode: "replay", generations: [text] }),
      created,
      queued,
      STARTED,
      delta(3, 5, "!"),
    ]);
    expect(state.live.get(ANSWER)?.text.text).toBe("Hello!");
    expect(state.messages.get(ANSWER)?.status).toBe("streaming");
  });

  test("a snapshot forgets what the log no longer has, but not the older pages it joins", () => {
    const page = [message(10, null), message(11, 10)];
    const old = fold([subscribed({ messages: [message(1, null), message(2, 1), ...page] })]);
    const joined = fold([subscribed({ messages: [message(2, 1), ...page] })], old);
    expect([...joined.messages.keys()]).toEqual([1, 2, 10, 11].map(idOf));
    const torn = fold([subscribed({ messages: page.slice(1) })], joined);
    expect([...torn.messages.keys()]).toEqual([1, 2, 10, 11].map(idOf));
    const apart = fold([subscribed({ messages: [message(20, null)] })], torn);
    expect([...apart.messages.keys()]).toEqual([idOf(20)]);
  });
});

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
