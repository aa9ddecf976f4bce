import { expect, onTestFinished, test, vi } from "vitest";
import { call, createConversation } from "./chat-client.ts";
import { LONG, setUpObserved, takenOver } from "./observed.ts";
import { type CollectedSpan, createTraceCollector } from "./trace-collector.ts";

/** Each starts several processes, on a machine that may be busy. */
vi.setConfig({ testTimeout: 60_000 });

const SERVER = 2;
const CLIENT = 3;
const CONSUMER = 5;

async function setUpTraced(options: Parameters<typeof setUpObserved>[0] = {}) {
  const collector = await createTraceCollector();
  onTestFinished(collector.close);
  const observed = await setUpObserved(options, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const spansOf = (generationId: string) => {
    const run = collector.spans.find(
      ({ name, attributes }) =>
        name === "generation" && attributes["chatbot.generation.id"] === generationId,
    );
    return collector.spans.filter(({ traceId }) => traceId === run?.traceId);
  };
  return { ...observed, collector, spansOf };
}

const named = (spans: readonly CollectedSpan[], name: string) =>
  spans.filter((span) => span.name === name);

test("the spans of one turn, over a web and a worker process, are one tree", async () => {
  const { start, collector, spansOf, model } = await setUpTraced();
  const web = await start({ ROLE: "web", OTEL_SERVICE_NAME: "chat-web" });
  await start({ ROLE: "worker", OTEL_SERVICE_NAME: "chat-worker" });
  const { id } = await createConversation(web.url);
  const [traceId, caller] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
  const response = await call(
    web.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "a secret question" },
    { headers: { traceparent: `00-${traceId}-${caller}-01`, Prefer: "wait=20" } },
  );
  const { generationId } = (await response.json()) as { generationId: string };
  await expect.poll(() => named(spansOf(generationId), "finish")).toHaveLength(1);
  await expect
    .poll(() => spansOf(generationId).filter(({ kind }) => kind === SERVER))
    .toHaveLength(1);

  const spans = spansOf(generationId);
  const [request] = spans.filter(({ kind }) => kind === SERVER);
  const [run] = named(spans, "generation");
  const [waits] = named(spans, "wait in queue");
  const [chat] = spans.filter(({ kind }) => kind === CLIENT);
  const [finish] = named(spans, "finish");
  expect(request).toMatchObject({
    name: "POST /api/conversations/:id/messages",
    traceId,
    parentSpanId: caller,
    service: "chat-web",
    attributes: { "http.response.status_code": 200, "gen_ai.conversation.id": id },
  });
  expect(run).toMatchObject({
    traceId,
    parentSpanId: request?.spanId,
    kind: CONSUMER,
    service: "chat-worker",
    attributes: { "chatbot.claim.from": "queue", "chatbot.generation.outcome": "finished" },
  });
  expect(waits?.parentSpanId).toBe(request?.spanId);
  expect(chat).toMatchObject({
    parentSpanId: run?.spanId,
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "tgi",
      "gen_ai.conversation.id": id,
      "gen_ai.usage.output_tokens": expect.anything(),
    },
  });
  expect(chat?.name).toBe(`chat ${chat?.attributes["gen_ai.request.model"]}`);
  expect(chat?.events.map(({ name }) => name)).toContain("first token");
  expect(finish?.parentSpanId).toBe(run?.spanId);
  // The model server goes on with the same trace.
  const [question] = model.generations;
  expect(question?.headers.traceparent).toBe(`00-${traceId}-${chat?.spanId}-01`);

  const sent = collector.bodies.join("\n");
  for (const secret of ["a secret question", "Blue light", "alice"]) {
    expect(sent).not.toContain(secret);
  }
});

test("a question over a socket begins a trace, and who takes over goes on with it", async () => {
  const { start, spansOf } = await setUpTraced({ answer: LONG, tokensPerSecond: 20 });
  const { generationId } = await takenOver(start, "SIGTERM");
  await expect.poll(() => named(spansOf(generationId), "generation")).toHaveLength(2);
  await expect.poll(() => named(spansOf(generationId), "frame send")).toHaveLength(1);

  const [frame] = named(spansOf(generationId), "frame send");
  const runs = named(spansOf(generationId), "generation");
  const [before, after] = runs.toSorted((a, b) =>
    a.startTimeUnixNano.localeCompare(b.startTimeUnixNano),
  );
  expect(frame?.kind).toBe(SERVER);
  expect(runs.map(({ parentSpanId }) => parentSpanId)).toEqual([frame?.spanId, frame?.spanId]);
  expect(before).toMatchObject({ attributes: { "chatbot.generation.outcome": "hand-over" } });
  expect(after).toMatchObject({
    attributes: {
      "chatbot.claim.from": "handed_over",
      "chatbot.generation.outcome": "finished",
    },
    links: [{ traceId: before?.traceId, spanId: before?.spanId }],
  });
});

test("what is not sampled is not sent, and its trace goes on all the same", async () => {
  const { start, collector, model } = await setUpTraced();
  const app = await start({ OTEL_TRACES_SAMPLER: "always_off" });
  const { id } = await createConversation(app.url);
  await call(
    app.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "Hi" },
    { headers: { Prefer: "wait=20" } },
  );
  expect(model.generations[0]?.headers.traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-00$/);
  expect(await app.end()).toBe(0);
  expect(collector.spans).toEqual([]);
});

test("a collector that is away is said in the log, and nothing else suffers", async () => {
  const { start } = await setUpObserved(
    {},
    // A batch is sent again and again until then.
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_EXPORTER_OTLP_TIMEOUT: "1000" },
  );
  const app = await start();
  const { id } = await createConversation(app.url);
  const response = await call(
    app.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "Hi" },
    { headers: { Prefer: "wait=20" } },
  );
  expect(response.status).toBe(200);
  await expect.poll(() => app.lines.join()).toContain("spans not sent");
  expect(await app.end()).toBe(0);
});

test("without a collector no request carries a trace", async () => {
  const { start, model } = await setUpObserved();
  const app = await start();
  const { id } = await createConversation(app.url);
  await call(
    app.url,
    "POST",
    `/api/conversations/${id}/messages`,
    { content: "Hi" },
    { headers: { Prefer: "wait=20" } },
  );
  expect(model.generations[0]?.headers.traceparent).toBeUndefined();
});
