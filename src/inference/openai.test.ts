import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ANSWER, ask, bodyOf, engineAt, never, useModelServers } from "../../test/engines.ts";
import type { ModelServer, ModelServerOptions } from "../../test/model-server.ts";
import { collect } from "../../test/pieces.ts";
import { createEndpoint } from "./endpoint.ts";
import type { Engine } from "./engine.ts";
import { createOpenAiEngine } from "./openai.ts";

const startServer = useModelServers();
const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function start(options: ModelServerOptions = {}): Promise<[ModelServer, Engine]> {
  const server = await startServer({ dialect: "vllm", ...options });
  return [server, engineAt(server, "openai")];
}

/** A server that answers every chat with `stream` as it is. */
async function startRaw(stream: string, leaveOpen = false): Promise<Engine> {
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      response.end(JSON.stringify({ data: [{ id: "m", owned_by: "vllm" }] }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    response.write(stream);
    if (!leaveOpen) response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return createOpenAiEngine(createEndpoint({ url: `http://127.0.0.1:${port}/v1/` }));
}

function chunk(delta: unknown, finish_reason: string | null = null): string {
  return `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
}

describe("a stream", () => {
  test.each(["vllm", "sglang", "llamacpp", "openai"] as const)(
    "of %s is read to its end",
    async (dialect) => {
      const [, engine] = await start({ dialect });
      expect(await collect(engine.generate(ask(), never))).toMatchObject({
        text: ANSWER,
        finishReason: "stop",
        usage: { completionTokens: 14 },
      });
    },
  );

  test.each([
    [
      "vLLM's reasoning",
      chunk({ reasoning: "hm" }) + chunk({ content: "yes" }) + chunk({}, "stop"),
    ],
    [
      "the others' reasoning",
      chunk({ reasoning_content: "hm" }) + chunk({ content: "yes" }, "stop"),
    ],
    ["both in one chunk", chunk({ reasoning: "hm", content: "yes" }, "stop")],
    [
      "a null beside it",
      chunk({ reasoning_content: "hm", content: null }) +
        chunk({ content: "yes", reasoning: null }, "stop"),
    ],
  ])("may hold %s", async (_, stream) => {
    const engine = await startRaw(stream);
    expect(await collect(engine.generate(ask(), never))).toMatchObject({
      reasoning: "hm",
      text: "yes",
      finishReason: "stop",
    });
  });

  test.each([
    ["no [DONE]", chunk({ content: "a" }) + chunk({}, "stop")],
    [
      "a role-only first chunk",
      chunk({ role: "assistant", content: null }) + chunk({ content: "a" }, "stop"),
    ],
    ["text on the finish chunk", chunk({ content: "a" }, "stop")],
    [
      "empty choices",
      `data: {"choices":[]}\n\n${chunk({ content: "a" }, "stop")}data: {"choices":[],"usage":null,"timings":{}}\n\n`,
    ],
    ["no choices at all", `data: {"object":"ping"}\n\n${chunk({ content: "a" }, "stop")}`],
    ["comments", `: keep-alive\n\n:\n\n${chunk({ content: "a" }, "stop")}`],
    ["no space behind data:", chunk({ content: "a" }, "stop").replace("data: ", "data:")],
    ["CRLF", chunk({ content: "a" }, "stop").replaceAll("\n", "\r\n")],
    ["no blank line at the end", chunk({ content: "a" }, "stop").trimEnd()],
    ["an empty event", `data:\n\n${chunk({ content: "a" }, "stop")}`],
    [
      "an error after the end",
      `${chunk({ content: "a" }, "stop")}data: {"error":{"message":"x"}}\n\n`,
    ],
    ["garbage after the end", `${chunk({ content: "a" }, "stop")}data: {"ch\n\n`],
  ])("may have %s", async (_, stream) => {
    const engine = await startRaw(stream);
    expect(await collect(engine.generate(ask(), never))).toMatchObject({
      text: "a",
      finishReason: "stop",
      error: undefined,
    });
  });

  test.each([
    ["no finish reason", `${chunk({ content: "a" })}data: [DONE]\n\n`, "incomplete"],
    ["nothing", "", "incomplete"],
    ["an aborted end", chunk({ content: "a" }) + chunk({}, "abort"), "incomplete"],
    [
      "an error event",
      `${chunk({ content: "a" })}data: {"error":{"message":"x","code":500}}\n\n`,
      "unavailable",
    ],
    [
      "a refusal of the prompt",
      'data: {"error":{"message":"too long","code":400}}\n\n',
      "invalid_prompt",
    ],
    [
      "the error field of old llama.cpp",
      `${chunk({ content: "a" })}error: {"code":500,"message":"x"}\n\n`,
      "unavailable",
    ],
    [
      "an event named error",
      'event: error\ndata: {"error":{"code":429,"message":"x"}}\n\n',
      "overloaded",
    ],
    ["half a chunk", `${chunk({ content: "a" })}data: {"choices":[{"del`, "incomplete"],
    ["a number for text", chunk({ content: 1 }, "stop"), "incomplete"],
  ])("with %s fails, and never looks finished", async (_, stream, code) => {
    const engine = await startRaw(stream);
    const answer = await collect(engine.generate(ask(), never));
    expect(answer.error).toMatchObject({ name: "ChatError", code });
    expect(answer.marks).not.toContain("end");
  });

  test("that is left open behind its last token ends all the same", async () => {
    const engine = await startRaw(chunk({ content: "a" }, "stop"), true);
    expect(await collect(engine.generate(ask(), never))).toMatchObject({
      text: "a",
      finishReason: "stop",
    });
  });

  test("is closed when its consumer leaves", async () => {
    const [server, engine] = await start({ tokensPerSecond: 20 });
    for await (const _ of engine.generate(ask(), never)) break;
    await expect(server.generations[0]?.closed).resolves.toBe("client");
  });
});

describe("a request", () => {
  test("carries what was asked, and leaves out what is neutral", async () => {
    const [server, engine] = await start();
    await collect(engine.generate(ask({ topP: 1, presencePenalty: 0, stop: [] }), never));
    expect(bodyOf(server)).toEqual({
      model: "test-org/test-model",
      messages: [{ role: "user", content: "Tell me." }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test("learns once what the server does not take", async () => {
    const [server, engine] = await start({ dialect: "openai" });
    const refuse = (message: string) =>
      ({ type: "status", status: 400, body: { error: { message, code: null } } }) as const;
    server.fault(
      refuse("Unrecognized request argument supplied: stream_options"),
      refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
    );
    for (let n = 0; n < 2; n += 1) await collect(engine.generate(ask({ maxTokens: 50 }), never));
    expect(server.generations).toHaveLength(4);
    expect(bodyOf(server, 4)).toMatchObject({ max_completion_tokens: 50 });
    expect(bodyOf(server, 4)).not.toHaveProperty("max_tokens");
    expect(bodyOf(server, 4)).not.toHaveProperty("stream_options");
  });

  test.each([
    [400, "invalid_prompt", false],
    [401, "unavailable", true],
    [404, "unavailable", true],
    [429, "overloaded", false],
    [500, "unavailable", false],
    [503, "unavailable", false],
  ])("that gets %i is %s", async (status, code, permanent) => {
    const [server, engine] = await start();
    server.fault({ type: "status", status, body: { error: { message: "no" } } });
    const { error } = await collect(engine.generate(ask(), never));
    expect(error).toMatchObject({ code, permanent });
  });

  test("proves itself with a key that no error shows", async () => {
    const server = await startServer({ dialect: "openai", apiKey: "sk-secret" });
    let key = "sk-secret";
    const endpoint = createEndpoint({ url: `${server.url}/v1`, apiKey: async () => key });
    const engine = createOpenAiEngine(endpoint);
    expect((await collect(engine.generate(ask(), never))).finishReason).toBe("stop");
    key = "sk-rotated";
    const { error } = await collect(engine.generate(ask(), never));
    expect(error).toMatchObject({ code: "unavailable", permanent: true });
    expect(String(error)).not.toContain("sk-");
  });

  test("takes user and password from the address, and shows them nowhere", async () => {
    const [server] = await start();
    const endpoint = createEndpoint({ url: server.url.replace("//", "//me:p%40ss@") });
    await collect(createOpenAiEngine(endpoint).generate(ask(), never));
    expect(endpoint.url).toBe(server.url);
    expect(server.generations[0]?.headers.authorization).toBe(`Basic ${btoa("me:p@ss")}`);
    expect(() => createEndpoint({ url: "ftp://me:secret@host" })).toThrow(/^(?!.*secret)/);
  });
});

describe("continuing", () => {
  const partial = { text: "The quick brown ", reasoning: "", tokens: 3 };

  test.each(["vllm", "sglang", "llamacpp"] as const)("goes on with %s", async (dialect) => {
    const [server, engine] = await start({ dialect });
    const answer = await collect(engine.generate(ask({ maxTokens: 100 }, partial), never));
    expect(partial.text + answer.text).toBe(ANSWER);
    expect(bodyOf(server)).toMatchObject({
      messages: [{ role: "user" }, { role: "assistant", content: "The quick brown" }],
      continue_final_message: true,
      add_generation_prompt: false,
      max_tokens: 97,
    });
  });

  test("begins anew where nobody can go on", async () => {
    const [server, engine] = await start({ dialect: "openai" });
    const answer = await collect(engine.generate(ask({ maxTokens: 100 }, partial), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["restart", "usage", "end"] });
    expect(bodyOf(server)).toMatchObject({ max_tokens: 100 });
    expect(bodyOf(server)).not.toHaveProperty("continue_final_message");
  });

  test("begins anew inside a thought", async () => {
    const [, engine] = await start();
    const thought = { text: "", reasoning: "hm", tokens: 1 };
    const answer = await collect(engine.generate(ask({}, thought), never));
    expect(answer.marks[0]).toBe("restart");
  });

  test("begins anew where the template refuses to go on", async () => {
    const [server, engine] = await start();
    server.fault({
      type: "status",
      status: 400,
      body: { error: { message: "continue_final_message is set but …" } },
    });
    const answer = await collect(engine.generate(ask({}, partial), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["restart", "usage", "end"] });
  });

  test("keeps the thought, and takes none after the answer began", async () => {
    const engine = await startRaw(chunk({ reasoning: " fox" }) + chunk({ content: "." }, "stop"));
    const thought = { text: "The quick", reasoning: "hm", tokens: 4 };
    const answer = await collect(engine.generate(ask({}, thought), never));
    expect(answer).toMatchObject({ text: " fox.", reasoning: "" });
  });
});

describe("side questions", () => {
  test.each([
    ["vllm", { contextTokens: 4_096 }, 8],
    ["llamacpp", { contextTokens: 4_096 }, 7],
    ["sglang", { contextTokens: 4_096 }, undefined],
    ["openai", undefined, undefined],
  ] as const)("are answered by %s", async (dialect, limits, count) => {
    const [, engine] = await start({ dialect });
    expect(await engine.probe(never)).toEqual({ status: "ready", model: "test-org/test-model" });
    expect(await engine.limits(never)).toEqual(limits);
    const counted = await engine.countTokens("one two three four five six seven", never);
    if (count === undefined) expect(counted).toBeGreaterThan(7);
    else expect(counted).toBe(count);
  });

  test("tell llama.cpp's loading from its absence", async () => {
    const server = createServer((_, response) =>
      response.writeHead(503).end('{"error":{"message":"Loading model"}}'),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const engine = createOpenAiEngine(createEndpoint({ url: `http://127.0.0.1:${port}` }));
    expect(await engine.probe(never)).toEqual({ status: "starting" });
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
    expect(await engine.probe(never)).toEqual({ status: "unavailable" });
    expect(await engine.countTokens("one two three four five six seven", never)).toBeGreaterThan(7);
  });
});
