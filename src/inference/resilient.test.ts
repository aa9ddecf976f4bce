import { describe, expect, test } from "vitest";
import { ANSWER, ask, engineAt, generatorOf, never, useModelServers } from "../../test/engines.ts";
import type { Fault, ModelServer, ModelServerOptions } from "../../test/model-server.ts";
import { collect } from "../../test/pieces.ts";
import type { TextGenerator } from "../domain/ports/model.ts";
import type { ResilienceOptions } from "./resilient.ts";

const startServer = useModelServers();

async function start(
  options: Partial<ResilienceOptions> = {},
  server: ModelServerOptions = {},
): Promise<[ModelServer, TextGenerator]> {
  const model = await startServer(server);
  return [model, generatorOf([engineAt(model, server.dialect)], options)];
}

describe("before the first character", () => {
  test.each<[string, Fault]>([
    ["overload in a 200", { type: "error" }],
    [
      "422 that means overload",
      { type: "status", status: 422, body: { error: "Model is overloaded" } },
    ],
    ["424", { type: "status", status: 424 }],
    ["429", { type: "status", status: 429 }],
    ["500", { type: "status", status: 500 }],
    ["502", { type: "status", status: 502, body: "Bad Gateway" }],
    ["503", { type: "status", status: 503 }],
    ["a reset", { type: "reset", after: 0 }],
    ["an early end", { type: "end", after: 0 }],
    ["garbage", { type: "garbage", after: 0 }],
  ])("%s is tried again, unseen", async (_, fault) => {
    const [server, generator] = await start();
    server.fault(fault, fault, fault, fault);
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["usage", "end"] });
    expect(server.generations).toHaveLength(5);
  });

  test("what the server calls invalid fails at once", async () => {
    const [server, generator] = await start();
    server.fault({ type: "error", message: "Input validation error: too long" });
    const { error } = await collect(generator.generate(ask(), never));
    expect(error).toMatchObject({ code: "invalid_prompt" });
    expect(server.generations).toHaveLength(1);
  });

  test("what cannot get better is not tried again", async () => {
    const [server, generator] = await start();
    server.fault({ type: "status", status: 401 });
    const { error } = await collect(generator.generate(ask(), never));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(server.generations).toHaveLength(1);
  });

  test("a server that is away is asked until time is over, with growing waits", async () => {
    const [server, generator] = await start({ retryMs: 150, backOffMs: 20, maxBackOffMs: 40 });
    await server.close();
    const { error } = await collect(generator.generate(ask(), never));
    expect(error).toMatchObject({ code: "unavailable" });
  });

  test("a bounded number of requests is made of a burst of 503", async () => {
    const [server, generator] = await start({ retryMs: 200, backOffMs: 20, maxBackOffMs: 40 });
    server.fault(...Array.from({ length: 100 }, (): Fault => ({ type: "status", status: 503 })));
    const { error } = await collect(generator.generate(ask(), never));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(server.generations.length).toBeGreaterThan(3);
    expect(server.generations.length).toBeLessThan(20);
  });

  test("Retry-After is honoured, and not waited for where it is too long", async () => {
    const [server, generator] = await start({ retryMs: 2_000 });
    const later = (seconds: string): Fault => ({
      type: "status",
      status: 429,
      headers: { "retry-after": seconds },
    });
    server.fault(later("0.2"));
    const begun = performance.now();
    expect((await collect(generator.generate(ask(), never))).finishReason).toBe("stop");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(195);
    server.fault(later("60"));
    const { error } = await collect(generator.generate(ask(), never));
    expect(error).toMatchObject({ code: "overloaded", retryAfterMs: 60_000 });
    expect(server.generations).toHaveLength(3);
  });

  test("silence is given up after its time, comments or not", async () => {
    const [server, generator] = await start({ firstTokenMs: 60, retryMs: 0 });
    server.fault({ type: "hang", after: 0, commentMs: 5 });
    const { error } = await collect(generator.generate(ask(), never));
    expect(error).toMatchObject({ code: "timeout" });
    await expect(server.generations[0]?.closed).resolves.toBe("client");
  });
});

describe("in mid-answer", () => {
  const interruptions: readonly [string, Fault][] = [
    ["a reset", { type: "reset", after: 5 }],
    ["an early end", { type: "end", after: 5 }],
    ["an error event", { type: "error", after: 5, message: "Request failed during generation: x" }],
    ["garbage", { type: "garbage", after: 5 }],
    ["silence with comments", { type: "hang", after: 5, commentMs: 5 }],
  ];

  test.each(interruptions)("%s is gone on from, by TGI", async (_, fault) => {
    const [server, generator] = await start({ betweenTokensMs: 80 });
    server.fault(fault);
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({
      text: ANSWER,
      marks: ["continued", "usage", "end"],
      finishReason: "stop",
      tokens: 14,
    });
    expect(server.generations.map(({ path }) => path)).toEqual([
      "/v1/chat/completions",
      "/generate_stream",
    ]);
  });

  test.each(interruptions)("%s is gone on from, by vLLM", async (_, fault) => {
    const [server, generator] = await start({ betweenTokensMs: 80 }, { dialect: "vllm" });
    server.fault(fault);
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["continued", "usage", "end"] });
  });

  test.each(interruptions)("%s makes OpenAI begin anew", async (_, fault) => {
    const [server, generator] = await start({ betweenTokensMs: 80 }, { dialect: "openai" });
    server.fault(fault);
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["restart", "usage", "end"] });
  });

  test("three interruptions are survived", async () => {
    const [server, generator] = await start();
    server.fault(...[2, 3, 1].map((after): Fault => ({ type: "reset", after })));
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({
      text: ANSWER,
      marks: ["continued", "continued", "continued", "usage", "end"],
    });
  });

  test("the fourth ends it, with what is written", async () => {
    const [server, generator] = await start();
    server.fault(...[2, 2, 2, 2].map((after): Fault => ({ type: "end", after })));
    const answer = await collect(generator.generate(ask(), never));
    expect(answer.error).toMatchObject({ code: "incomplete" });
    expect(answer.marks).not.toContain("end");
    expect(ANSWER.startsWith(answer.text)).toBe(true);
    expect(answer.tokens).toBe(8);
  });

  test("a server that restarts is waited for before the text goes on", async () => {
    const [server, generator] = await start();
    const away: Fault = { type: "status", status: 503 };
    server.fault({ type: "reset", after: 4 }, away, away, away, away);
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["continued", "usage", "end"] });
  });

  test("the token budget holds over the seam, and usage counts all of it once", async () => {
    const [server, generator] = await start();
    server.fault({ type: "reset", after: 4 });
    const answer = await collect(generator.generate(ask({ maxTokens: 6 }), never));
    expect(answer).toMatchObject({
      text: "The quick brown fox jumps over",
      finishReason: "length",
      tokens: 6,
      usage: { completionTokens: 6 },
    });
  });

  test("an answer whose budget is spent already asks nobody", async () => {
    const [server, generator] = await start();
    const continueFrom = { text: "The quick", reasoning: "", tokens: 2 };
    const request = ask({ maxTokens: 2 }, continueFrom);
    expect(await collect(generator.generate(request, never))).toMatchObject({
      finishReason: "length",
    });
    expect(server.requests).toHaveLength(0);
  });

  test("thought goes on inside itself", async () => {
    const [server, generator] = await start(
      {},
      { answer: "<think>one two three</think> four five" },
    );
    server.fault({ type: "reset", after: 2 });
    expect(await collect(generator.generate(ask(), never))).toMatchObject({
      reasoning: "one two three",
      text: " four five",
      marks: ["continued", "usage", "end"],
    });
  });

  test("a slow consumer is no silent server", async () => {
    const [server, generator] = await start({ betweenTokensMs: 60 }, { tokensPerSecond: 100 });
    let pieces = 0;
    const answer = await collect(generator.generate(ask(), never), async () => {
      pieces += 1;
      if (pieces === 3) await new Promise((resolve) => setTimeout(resolve, 200));
    });
    expect(answer).toMatchObject({ text: ANSWER, marks: ["usage", "end"] });
    expect(server.generations).toHaveLength(1);
  });
});

describe("stop strings", () => {
  test.each(["tgi", "vllm"] as const)("are no part of the answer of %s", async (dialect) => {
    const [, generator] = await start({}, { dialect });
    const answer = await collect(generator.generate(ask({ stop: [" jumps"] }), never));
    expect(answer).toMatchObject({ text: "The quick brown fox", finishReason: "stop" });
  });

  test("are found where TGI's token ran past them, and the request is closed", async () => {
    const [server, generator] = await start({}, { tokensPerSecond: 50 });
    const answer = await collect(generator.generate(ask({ stop: ["jum"] }), never));
    expect(answer).toMatchObject({ text: "The quick brown fox ", finishReason: "stop" });
    await expect(server.generations[0]?.closed).resolves.toBe("client");
  });

  test("are found across a seam", async () => {
    const [server, generator] = await start();
    server.fault({ type: "reset", after: 4 });
    const parameters = { stop: ["fox jumps over"] };
    const answer = await collect(generator.generate(ask(parameters), never));
    expect(answer).toMatchObject({ text: "The quick brown ", finishReason: "stop" });
  });

  test("are found where the text that is continued holds their beginning", async () => {
    const [, generator] = await start();
    const continueFrom = { text: "The quick brown fox", reasoning: "", tokens: 4 };
    const request = ask({ stop: ["fox jumps"] }, continueFrom);
    expect(await collect(generator.generate(request, never))).toMatchObject({
      text: "",
      finishReason: "stop",
    });
  });

  test("that did not come are shown, when the answer fails as well", async () => {
    const [server, generator] = await start({ maxContinues: 0 });
    server.fault({ type: "end", after: 4 });
    const parameters = { stop: ["fox jumps high"] };
    const answer = await collect(generator.generate(ask(parameters), never));
    expect(answer.text).toBe("The quick brown fox");
    expect(answer.error).toMatchObject({ code: "incomplete" });
  });
});
