import { describe, expect, test } from "vitest";
import { ANSWER, ask, bodyOf, engineAt, never, useModelServers } from "../../test/engines.ts";
import type { ModelServer, ModelServerOptions } from "../../test/model-server.ts";
import { collect } from "../../test/pieces.ts";
import type { Engine } from "./engine.ts";

const startServer = useModelServers();

async function start(options: ModelServerOptions = {}): Promise<[ModelServer, Engine]> {
  const server = await startServer(options);
  return [server, engineAt(server)];
}

/** The end of a stream of tool calls: no finish reason at all (facts of TGI 3, snapshots of its tests). */
const TOOL_CALL_END = [
  'data: {"object":"chat.completion.chunk","id":"","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"0","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":null}],"usage":null}',
  "data: [DONE]",
  "",
].join("\n\n");

describe("the chat route", () => {
  test("streams an answer to its end, with its usage", async () => {
    const [, engine] = await start();
    const answer = await collect(engine.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, finishReason: "stop", error: undefined });
    expect(answer.usage).toEqual({ promptTokens: expect.any(Number), completionTokens: 14 });
    expect(answer.tokens).toBe(14);
  });

  test.each([
    ["top_p: 1", { topP: 1 }, "top_p"],
    ["presence_penalty: 0", { presencePenalty: 0 }, "presence_penalty"],
    ["frequency_penalty: 0", { frequencyPenalty: 0 }, "frequency_penalty"],
    ["no stop strings", { stop: [] }, "stop"],
  ])("leaves out what is neutral: %s", async (_, parameters, field) => {
    const [server, engine] = await start();
    const answer = await collect(engine.generate(ask(parameters), never));
    expect(answer.finishReason).toBe("stop");
    expect(bodyOf(server)).not.toHaveProperty(field);
  });

  test("passes parameters on, and always bounds the answer", async () => {
    const [server, engine] = await start();
    const given = {
      temperature: 0,
      topP: 0.9,
      seed: 7,
      presencePenalty: 0.5,
      frequencyPenalty: 0.1,
    };
    await collect(engine.generate(ask({ ...given, stop: ["X"] }), never));
    await collect(engine.generate(ask({ maxTokens: 5 }), never));
    expect(bodyOf(server)).toMatchObject({
      model: "tgi",
      temperature: 0,
      top_p: 0.9,
      seed: 7,
      presence_penalty: 0.5,
      frequency_penalty: 0.1,
      stop: ["X"],
      max_tokens: 2_048,
    });
    expect(bodyOf(server, 2)).toMatchObject({ max_tokens: 5 });
  });

  test("says `length` where the bound cut it, the text of the last chunk included", async () => {
    const [, engine] = await start();
    const answer = await collect(engine.generate(ask({ maxTokens: 3 }), never));
    expect(answer).toMatchObject({ text: "The quick brown", finishReason: "length" });
  });

  test("calls a stop sequence `stop`", async () => {
    const [, engine] = await start();
    const answer = await collect(engine.generate(ask({ stop: ["fox"] }), never));
    expect(answer.finishReason).toBe("stop");
  });

  test.each([
    ["an error event that says overloaded", { type: "error" }, "overloaded"],
    [
      "a validation error in a 200",
      { type: "error", message: "Input validation error: x" },
      "invalid_prompt",
    ],
    [
      "a failed generation in a 200",
      { type: "error", message: "Request failed during generation: CUDA" },
      "unavailable",
    ],
    [
      "an incomplete generation",
      { type: "error", message: "Incomplete generation stream", after: 2 },
      "incomplete",
    ],
    [
      "422 that means overload",
      {
        type: "status",
        status: 422,
        body: { error: "Model is overloaded", error_type: "overloaded" },
      },
      "overloaded",
    ],
    [
      "422 that means the prompt",
      {
        type: "status",
        status: 422,
        body: { error: "Template error: x", error_type: "template_error" },
      },
      "invalid_prompt",
    ],
    [
      "422 in plain text",
      { type: "status", status: 422, body: "Failed to deserialize the JSON body" },
      "invalid_prompt",
    ],
    [
      "424",
      {
        type: "status",
        status: 424,
        body: { error: "Request failed during generation: x", error_type: "generation" },
      },
      "unavailable",
    ],
    [
      "429",
      {
        type: "status",
        status: 429,
        body: { error: "Model is overloaded", error_type: "overloaded" },
      },
      "overloaded",
    ],
    ["500", { type: "status", status: 500 }, "unavailable"],
    [
      "503",
      { type: "status", status: 503, body: { error: "unhealthy", error_type: "healthcheck" } },
      "unavailable",
    ],
    ["an end without a finish reason", { type: "end", after: 3 }, "incomplete"],
    ["a reset connection", { type: "reset", after: 3 }, "incomplete"],
    ["garbage", { type: "garbage", after: 3 }, "incomplete"],
    [
      "a tool call that ends as TGI ends them, which was not asked for",
      { type: "garbage", after: 3, text: TOOL_CALL_END },
      "incomplete",
    ],
    [
      "bytes that are no text",
      { type: "garbage", after: 0, text: "data: \u0000\u0001\n\n" },
      "incomplete",
    ],
    [
      "a chunk of the wrong shape",
      { type: "garbage", after: 1, text: 'data: {"choices":"no"}\n\n' },
      "incomplete",
    ],
  ] as const)("fails on %s, and never looks finished", async (_, fault, code) => {
    const [server, engine] = await start();
    server.fault(fault);
    const answer = await collect(engine.generate(ask(), never));
    expect(answer.error).toMatchObject({ name: "ChatError", code });
    expect(answer.marks).not.toContain("end");
    expect(server.generations).toHaveLength(1);
  });

  test("tells how long an overloaded server wants to be left alone", async () => {
    const [server, engine] = await start();
    server.fault({ type: "status", status: 429, headers: { "retry-after": "7" } });
    const { error } = await collect(engine.generate(ask(), never));
    expect(error).toMatchObject({ code: "overloaded", retryAfterMs: 7_000 });
  });

  test("is `unavailable` where nobody listens", async () => {
    const [server, engine] = await start();
    await server.close();
    const { error } = await collect(engine.generate(ask(), never));
    expect(error).toMatchObject({ code: "unavailable" });
  });

  test("keeps the prompt out of its errors", async () => {
    const [server, engine] = await start();
    server.fault({ type: "error" }, { type: "garbage", after: 2, text: "data: Tell me.\n\n" });
    for (let n = 0; n < 2; n += 1) {
      const { error } = await collect(engine.generate(ask(), never));
      const inner = error instanceof Error ? error.cause : undefined;
      expect(
        JSON.stringify([String(error), String(inner), { ...(inner as object) }]),
      ).not.toContain("Tell me");
    }
  });

  test.each([1, 3])("reads characters that chunks of %i bytes cut", async (bytes) => {
    const [server, engine] = await start();
    server.fault({ type: "crumbs", bytes });
    expect(await collect(engine.generate(ask(), never))).toMatchObject({
      text: ANSWER,
      finishReason: "stop",
    });
  });

  test("closes the request when its consumer leaves", async () => {
    const [server, engine] = await start({ tokensPerSecond: 20 });
    for await (const piece of engine.generate(ask(), never)) {
      expect(piece.type).toBe("text");
      break;
    }
    await expect(server.generations[0]?.closed).resolves.toBe("client");
  });

  test("rejects with the signal's reason", async () => {
    const [server, engine] = await start();
    server.fault({ type: "hang", after: 0 });
    const controller = new AbortController();
    const reason = new Error("stopped");
    const answer = collect(engine.generate(ask(), controller.signal));
    const request = await server.arrived(1);
    controller.abort(reason);
    expect((await answer).error).toBe(reason);
    await expect(request.closed).resolves.toBe("client");
  });
});

describe("thought", () => {
  test("comes as reasoning", async () => {
    const [server, engine] = await start({ answer: "<think>hm, well</think>\nYes." });
    server.fault({ type: "crumbs", bytes: 2 });
    expect(await collect(engine.generate(ask(), never))).toMatchObject({
      reasoning: "hm, well",
      text: "\nYes.",
      finishReason: "stop",
    });
  });

  test("is found where the template opens it", async () => {
    const [, engine] = await start({ answer: "hm, well</think>\nYes.", promptEnd: "<think>\n" });
    expect(await collect(engine.generate(ask(), never))).toMatchObject({
      reasoning: "hm, well",
      text: "\nYes.",
    });
  });

  test.each([
    ["inside it", { reasoning: "hm,", text: "", tokens: 2 }],
    ["behind it", { reasoning: "hm, well", text: "\nYes", tokens: 5 }],
  ])("goes on %s", async (_, partial) => {
    const [server, engine] = await start({ answer: "<think>hm, well</think>\nYes, I do." });
    const answer = await collect(engine.generate(ask({}, partial), never));
    expect(partial.reasoning + answer.reasoning).toBe("hm, well");
    expect(partial.text + answer.text).toBe("\nYes, I do.");
    expect(bodyOf(server).inputs).toContain("<think>hm,");
  });
});

describe("side questions", () => {
  test("are answered by the server", async () => {
    const [, engine] = await start({
      maxTotalTokens: 2_000,
      maxInputTokens: 1_500,
      maxConcurrent: 4,
    });
    expect(await engine.probe(never)).toEqual({ status: "ready", model: "test-org/test-model" });
    expect(await engine.limits(never)).toEqual({
      contextTokens: 2_000,
      inputTokens: 1_500,
      concurrency: 4,
    });
    expect(await engine.countTokens("one two three four five six seven", never)).toBe(8);
  });

  test("are asked once", async () => {
    const [server, engine] = await start();
    for (let n = 0; n < 3; n += 1) {
      await engine.limits(never);
      await engine.countTokens("one two three four five six seven", never);
    }
    expect(server.requests.map(({ path }) => path)).toEqual(["/info", "/tokenize"]);
  });

  test("have an answer while the server is away", async () => {
    const [server, engine] = await start();
    await server.close();
    expect(await engine.probe(never)).toEqual({ status: "unavailable" });
    expect(await engine.limits(never)).toBeUndefined();
    expect(await engine.countTokens("one two three four five six seven", never)).toBeGreaterThan(8);
  });

  test("reject with the signal's reason", async () => {
    const [, engine] = await start();
    const reason = new Error("stopped");
    const signal = AbortSignal.abort(reason);
    await expect(engine.limits(signal)).rejects.toBe(reason);
    await expect(engine.probe(signal)).rejects.toBe(reason);
    await expect(engine.countTokens("x", signal)).rejects.toBe(reason);
  });
});
