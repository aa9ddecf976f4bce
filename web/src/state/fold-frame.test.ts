import { describe, expect, test } from "vitest";
import type { GenerationState } from "../../../src/protocol/frames.ts";
import { addPending, emptyConversation } from "./conversation-state.ts";
import { foldFrame } from "./fold-frame.ts";
import { CONVERSATION, eventId, idOf, logged, message } from "./sample.test-data.ts";
import {
  ANSWER,
  ASKED,
  delta,
  finished,
  fold,
  QUESTION,
  STARTED,
  subscribed,
} from "./turn.test-data.ts";

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

  test("knows that another worker took over", () => {
    const state = fold([...ASKED, STARTED, delta(5, 0, "Hel"), delta(6, 3, "lo")]);
    expect(state.live.get(ANSWER)?.continued).toBe(1);
    const done = fold([logged(4, finished(5))], state);
    expect(done.messages.get(ANSWER)?.metadata.continued).toBe(1);
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
