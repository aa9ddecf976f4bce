import { expect, test } from "vitest";
import { ConversationId, GenerationId, MessageId, UserId } from "../protocol/ids.ts";
import type { Outcome } from "../protocol/outcome.ts";
import type { MeteredRun } from "./ports/meter.ts";
import type { SpanOptions, Tracer } from "./ports/trace.ts";
import type { Claim } from "./ports/turn.ts";
import { watchRun } from "./run-watch.ts";

const claim: Claim = {
  conversationId: ConversationId.parse(crypto.randomUUID()),
  generationId: GenerationId.parse(crypto.randomUUID()),
  userId: UserId.parse("alice"),
  parentId: MessageId.parse(crypto.randomUUID()),
  model: undefined,
  continueFrom: undefined,
  fence: 1,
  entries: 0,
  attempts: 1,
  started: false,
  stop: false,
  createdAt: 1_000,
  now: 2_000,
  from: "queue",
  traceparent: "question",
};

function outcome(more: Partial<Outcome> = {}): Outcome {
  return {
    status: "done",
    engine: "tgi",
    model: "m",
    usage: {},
    timing: {},
    continued: 0,
    ...more,
  };
}

function setUp(more: Partial<Claim> = {}) {
  const runs: MeteredRun[] = [];
  const spans: { name: string; options: SpanOptions; events: string[]; ended: unknown[] }[] = [];
  const tracer: Tracer = {
    start(name, options) {
      const span = { name, options, events: [] as string[], ended: [] as unknown[] };
      const number = spans.push(span);
      return {
        traceparent: `span ${number}`,
        rename: () => undefined,
        set: () => undefined,
        event: (event) => void span.events.push(event),
        end: (error) => void span.ended.push(error),
      };
    },
  };
  const meter = {
    claimed: () => undefined,
    appended: () => undefined,
    tidied: () => undefined,
    ran: (run: MeteredRun) => void runs.push(run),
  };
  return { runs, spans, watch: watchRun({ meter, tracer }, { ...claim, ...more }) };
}

test("a run counts what it wrote itself, by the server's count where there is one", () => {
  const { watch, runs } = setUp();
  watch.asks("tgi", "m", 10);
  watch.saw({ type: "text", text: "word", tokens: 1 });
  watch.saw({ type: "text", text: "word", tokens: 1 });
  watch.saw({ type: "usage", usage: { promptTokens: 7, completionTokens: 15 } });
  watch.modelEnded();
  watch.over({ type: "ended", outcome: outcome() });
  expect(runs).toEqual([
    {
      model: "m",
      engine: "tgi",
      outcome: "finished",
      failure: undefined,
      promptTokens: 7,
      tokens: 5,
      firstTokenMs: expect.any(Number),
      totalMs: expect.any(Number),
    },
  ]);
});

test("what an engine voided was written all the same, and the next one counts from none", () => {
  const { watch, runs } = setUp();
  watch.asks("tgi", "m", 10);
  watch.saw({ type: "restart" });
  watch.saw({ type: "engine", engine: "openai", model: "other" });
  watch.saw({ type: "text", text: "word", tokens: 3 });
  watch.saw({ type: "usage", usage: { completionTokens: 3 } });
  watch.over({ type: "ended", outcome: outcome({ status: "stopped" }) });
  expect(runs).toMatchObject([{ model: "other", engine: "openai", outcome: "stopped", tokens: 3 }]);
});

test("a run that is handed over counts its tokens, and no end", () => {
  const { watch, runs, spans } = setUp({ from: "expired", previousRun: "the run before" });
  watch.asks("tgi", "m", 0);
  watch.saw({ type: "text", text: "word", tokens: 2 });
  watch.over({ type: "interrupted", by: "hand-over" });
  expect(runs).toMatchObject([{ outcome: "handed_over", tokens: 2 }]);
  expect(spans.map(({ name }) => name)).toEqual(["generation", "chat m"]);
  expect(spans[0]?.options).toMatchObject({ parent: "question", link: "the run before" });
  expect(spans.map(({ ended }) => ended)).toEqual([[undefined], [undefined]]);
});

test("a failure is the code of its call and of its run, and every span ends once", () => {
  const { watch, spans } = setUp();
  expect(watch.asks("tgi", "m", 0)).toBe("span 3");
  watch.saw({ type: "text", text: "word", tokens: 1 });
  watch.modelEnded("timeout");
  watch.over({
    type: "ended",
    outcome: outcome({ status: "failed", failure: { code: "timeout", retryable: true } }),
  });
  expect(spans.map(({ name, ended }) => [name, ended])).toEqual([
    ["wait in queue", [undefined]],
    ["generation", ["timeout"]],
    ["chat m", ["timeout"]],
    ["finish", [undefined]],
  ]);
  expect(spans[2]?.events).toEqual(["first token"]);
});

test("one that lacked only what follows from its end is counted by what its end says", () => {
  const { watch, runs } = setUp();
  watch.over({ type: "ended", outcome: outcome({ model: "written", engine: "echo" }) });
  expect(runs).toMatchObject([{ model: "written", engine: "echo", tokens: 0 }]);
});
