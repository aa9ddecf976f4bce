import { describe, expect, test } from "vitest";
import { ANSWER, ask, engineAt, generatorOf, never, useModelServers } from "../../test/engines.ts";
import type { ModelServer, ModelServerOptions } from "../../test/model-server.ts";
import { collect } from "../../test/pieces.ts";
import type { TextGenerator } from "../domain/ports/model.ts";
import { createBreaker } from "./breaker.ts";
import type { Engine } from "./engine.ts";
import type { ResilienceOptions } from "./resilient.ts";

const startServer = useModelServers();

async function start(
  options: Partial<ResilienceOptions> = {},
  server: ModelServerOptions = {},
): Promise<[ModelServer, TextGenerator]> {
  const model = await startServer(server);
  return [model, generatorOf([engineAt(model, server.dialect)], options)];
}

describe("fallbacks", () => {
  test("go on at once, and say who they are", async () => {
    const [first, second] = [await startServer(), await startServer({ dialect: "vllm" })];
    const generator = generatorOf([engineAt(first), engineAt(second, "vllm")], {
      backOffMs: 60_000,
    });
    first.fault({ type: "status", status: 503 });
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["engine", "usage", "end"] });
    expect(answer.pieces[0]).toEqual({ type: "engine", engine: "openai", model: "model 2" });
  });

  test("continue what another began", async () => {
    const [first, second] = [await startServer(), await startServer({ dialect: "vllm" })];
    const generator = generatorOf([engineAt(first), engineAt(second, "vllm")]);
    first.fault({ type: "reset", after: 4 }, { type: "status", status: 503 });
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["engine", "continued", "usage", "end"] });
    expect(second.generations[0]?.body).toMatchObject({ continue_final_message: true });
  });

  test("void nothing until they have something better", async () => {
    const [first, second] = [
      await startServer({ dialect: "openai" }),
      await startServer({ dialect: "vllm" }),
    ];
    const generator = generatorOf([engineAt(first, "openai"), engineAt(second, "vllm")]);
    first.fault({ type: "reset", after: 4 }, { type: "status", status: 503 });
    const answer = await collect(generator.generate(ask(), never));
    expect(answer).toMatchObject({ text: ANSWER, marks: ["engine", "continued", "usage", "end"] });
  });

  test("spare an engine that keeps failing, and find it again", async () => {
    const [first, second] = [await startServer(), await startServer()];
    const breaker = createBreaker({ maxFailures: 2, openMs: 100 });
    const generator = generatorOf([engineAt(first), engineAt(second)], {}, breaker);
    first.fault({ type: "status", status: 500 }, { type: "status", status: 500 });
    for (let n = 0; n < 4; n += 1) await collect(generator.generate(ask(), never));
    expect(first.generations).toHaveLength(2);
    expect(second.generations).toHaveLength(4);
    await expect
      .poll(async () => {
        await collect(generator.generate(ask(), never));
        return first.generations.length;
      })
      .toBeGreaterThan(2);
  });

  test("an engine alone is asked however often it failed", async () => {
    const server = await startServer();
    const breaker = createBreaker({ maxFailures: 1, openMs: 60_000 });
    const generator = generatorOf([engineAt(server)], {}, breaker);
    server.fault({ type: "status", status: 500 }, { type: "status", status: 500 });
    expect((await collect(generator.generate(ask(), never))).finishReason).toBe("stop");
  });
});

describe("leaving", () => {
  test("closes the request", async () => {
    const [server, generator] = await start({}, { tokensPerSecond: 20 });
    for await (const _ of generator.generate(ask(), never)) break;
    await expect(server.generations[0]?.closed).resolves.toBe("client");
    await expect.poll(() => server.open).toBe(0);
  });

  test("before the first item asks nobody", async () => {
    const [server, generator] = await start();
    const iterator = generator.generate(ask(), never)[Symbol.asyncIterator]();
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(server.requests).toHaveLength(0);
  });

  test("while an item is waited for closes the request at once", async () => {
    const [server, generator] = await start();
    server.fault({ type: "hang", after: 0 });
    const iterator = generator.generate(ask(), never)[Symbol.asyncIterator]();
    const next = iterator.next();
    const request = await server.arrived(1);
    await iterator.return?.();
    await expect(request.closed).resolves.toBe("client");
    expect(await next).toEqual({ done: true, value: undefined });
  });

  test.each([
    ["before the first token", { type: "hang", after: 0 }],
    ["in mid-answer", { type: "hang", after: 3 }],
  ] as const)("by the signal rejects with its reason, %s", async (_, fault) => {
    const [server, generator] = await start();
    server.fault(fault);
    const controller = new AbortController();
    const reason = new Error("stopped");
    const answer = collect(generator.generate(ask(), controller.signal));
    const request = await server.arrived(1);
    await expect.poll(() => request.tokens).toBe(fault.after);
    controller.abort(reason);
    expect((await answer).error).toBe(reason);
    await expect(request.closed).resolves.toBe("client");
    expect(server.generations).toHaveLength(1);
  });

  test("by a signal that aborted before asks nobody", async () => {
    const [server, generator] = await start();
    const reason = new Error("stopped");
    const answer = await collect(generator.generate(ask(), AbortSignal.abort(reason)));
    expect(answer.error).toBe(reason);
    expect(server.requests).toHaveLength(0);
  });

  test("ends the wait between two tries", async () => {
    const [server, generator] = await start({
      retryMs: 60_000,
      backOffMs: 30_000,
      maxBackOffMs: 30_000,
    });
    server.fault({ type: "status", status: 503 });
    const controller = new AbortController();
    const answer = collect(generator.generate(ask(), controller.signal));
    await (await server.arrived(1)).closed;
    controller.abort(new Error("stopped"));
    expect((await answer).error).toMatchObject({ message: "stopped" });
  });
});

test("a bug is thrown as it is", async () => {
  const bug = new TypeError("a bug");
  const engine: Engine = {
    type: "echo",
    probe: async () => ({ status: "ready" }),
    limits: async () => undefined,
    countTokens: async () => 1,
    // biome-ignore lint/correctness/useYield: it fails before
    async *generate() {
      throw bug;
    },
  };
  expect((await collect(generatorOf([engine]).generate(ask(), never))).error).toBe(bug);
});
