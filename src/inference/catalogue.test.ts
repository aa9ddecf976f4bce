import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  createModelServer,
  type ModelServer,
  type ModelServerOptions,
} from "../../test/model-server.ts";
import { collect } from "../../test/pieces.ts";
import type { GenerateRequest } from "../domain/ports/model.ts";
import { type CatalogueOptions, createCatalogue, type ModelCatalogue } from "./catalogue.ts";
import { ModelsConfig } from "./models-config.ts";

const never = new AbortController().signal;
const ask: GenerateRequest = { messages: [{ role: "user", content: "Hi" }], parameters: {} };
const FAST = { retryMs: 100, backOffMs: 5, maxBackOffMs: 10 };
let ending: AbortController;
let servers: ModelServer[];

beforeEach(() => {
  ending = new AbortController();
  servers = [];
});

afterEach(async () => {
  ending.abort();
  await Promise.all(servers.map((it) => it.close()));
});

async function startServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const server = await createModelServer(options);
  servers.push(server);
  return server;
}

function create(options: CatalogueOptions): ModelCatalogue {
  const probes = { readyProbeMs: 20, awayProbeMs: 10 };
  return createCatalogue({ ...probes, resilience: FAST, ...options }, ending.signal);
}

/** A port on which nobody listens, and a server may start later. */
async function freePort(): Promise<number> {
  const server = await createModelServer();
  await server.close();
  return Number(new URL(server.url).port);
}

describe("a server alone", () => {
  test.each([
    ["tgi", "tgi"],
    ["vllm", "openai"],
    ["sglang", "openai"],
    ["llamacpp", "openai"],
    ["openai", "openai"],
  ] as const)("that is %s is found by asking, with its name", async (dialect, engine) => {
    const server = await startServer({ dialect, modelId: "org/tiny" });
    const catalogue = create({ serverUrl: server.url });
    await expect
      .poll(() => catalogue.models())
      .toEqual([{ id: "org/tiny", name: "tiny", engine, status: "ready" }]);
    expect(catalogue.pick()).toMatchObject({ id: "org/tiny", engine });
    const answer = await collect(catalogue.pick("org/tiny").generate(ask, never));
    expect(answer).toMatchObject({ text: "Echo: Hi", marks: ["usage", "end"] });
  });

  test("that is away is listed, found when it comes, and missed when it goes", async () => {
    const port = await freePort();
    const catalogue = create({ serverUrl: `http://127.0.0.1:${port}` });
    await expect.poll(() => catalogue.models()[0]?.status).toBe("unavailable");
    expect(catalogue.models()[0]).toMatchObject({ id: "default", name: "Default" });
    const server = await createModelServer({ port, modelId: "org/tiny" });
    await expect
      .poll(() => catalogue.models()[0])
      .toMatchObject({ id: "org/tiny", status: "ready" });
    expect(catalogue.pick("default").id).toBe("org/tiny");
    await server.close();
    await expect.poll(() => catalogue.models()[0]?.status).toBe("unavailable");
    expect(catalogue.models()[0]?.id).toBe("org/tiny");
    expect(catalogue.pick("org/tiny").id).toBe("org/tiny");
  });

  test("that may have any name is asked by a generation itself", async () => {
    const port = await freePort();
    const catalogue = create({
      serverUrl: `http://127.0.0.1:${port}`,
      awayProbeMs: 3_600_000,
      resilience: { ...FAST, retryMs: 5_000 },
    });
    await expect.poll(() => catalogue.models()[0]?.status).toBe("unavailable");
    const answer = collect(catalogue.pick("org/stored-long-ago").generate(ask, never));
    await startServer({ port, dialect: "vllm" });
    expect(await answer).toMatchObject({ text: "Echo: Hi", marks: ["engine", "usage", "end"] });
    expect((await answer).pieces[0]).toMatchObject({ type: "engine", engine: "openai" });
  });

  test("that never comes fails as `unavailable`", async () => {
    const catalogue = create({ serverUrl: `http://me:secret@127.0.0.1:${await freePort()}` });
    const { error } = await collect(catalogue.pick().generate(ask, never));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(String(error)).not.toContain("secret");
    expect(await catalogue.pick().limits(never)).toEqual({ contextTokens: 8_192 });
    expect(
      await catalogue.pick().countTokens("some words that cost tokens", never),
    ).toBeGreaterThan(4);
    expect(await catalogue.concurrency(never)).toBeUndefined();
  });

  test("keeps its former names when it serves another model", async () => {
    const port = await freePort();
    const before = await createModelServer({ port, modelId: "org/one" });
    const catalogue = create({ serverUrl: before.url });
    await expect.poll(() => catalogue.models()[0]?.id).toBe("org/one");
    await before.close();
    await startServer({ port, modelId: "org/two", dialect: "vllm" });
    await expect
      .poll(() => catalogue.models()[0])
      .toMatchObject({ id: "org/two", engine: "openai" });
    expect(catalogue.pick("org/one").id).toBe("org/two");
    const answer = await collect(catalogue.pick("org/one").generate(ask, never));
    expect(answer.finishReason).toBe("stop");
    expect(() => catalogue.pick("org/three")).toThrow(expect.objectContaining({ code: "invalid" }));
  });

  test("tells its limits", async () => {
    const server = await startServer({
      maxTotalTokens: 3_000,
      maxInputTokens: 2_000,
      maxConcurrent: 5,
    });
    const catalogue = create({ serverUrl: server.url });
    expect(await catalogue.pick().limits(never)).toEqual({
      contextTokens: 3_000,
      inputTokens: 2_000,
    });
    expect(await catalogue.concurrency(never)).toBe(5);
  });

  test("is asked no more once the signal aborts", async () => {
    const server = await startServer();
    create({ serverUrl: server.url });
    await expect.poll(() => server.requests.length).toBeGreaterThan(2);
    ending.abort();
    const asked = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.requests.length - asked).toBeLessThanOrEqual(1);
  });
});

describe("MODELS", () => {
  const echo = { type: "echo", delayMs: 0 };

  test("are listed in their order, the first the default", async () => {
    const models = ModelsConfig.parse([
      { id: "org/one", engines: [echo] },
      { id: "two", name: "Number two", engines: [{ type: "rules", delayMs: 0 }] },
    ]);
    const catalogue = create({ models });
    await expect
      .poll(() => catalogue.models())
      .toEqual([
        { id: "org/one", name: "one", engine: "echo", status: "ready" },
        { id: "two", name: "Number two", engine: "rules", status: "ready" },
      ]);
    expect(catalogue.pick().id).toBe("org/one");
    expect(catalogue.pick("default").id).toBe("org/one");
    expect(catalogue.pick("two").engine).toBe("rules");
    expect(() => catalogue.pick("three")).toThrow(expect.objectContaining({ code: "invalid" }));
  });

  test("fall back, say so, and work within the narrowest bounds", async () => {
    const server = await startServer({ maxTotalTokens: 1_000 });
    const away = `http://127.0.0.1:${await freePort()}`;
    const models = ModelsConfig.parse([
      {
        id: "m",
        engines: [
          { type: "openai", url: away, model: "x" },
          { type: "tgi", url: server.url, model: "y" },
        ],
        contextTokens: 4_000,
      },
    ]);
    const catalogue = create({ models });
    await expect.poll(() => catalogue.models()[0]?.status).toBe("ready");
    const model = catalogue.pick("m");
    expect(await model.limits(never)).toEqual({ contextTokens: 1_000, inputTokens: 999 });
    const answer = await collect(model.generate(ask, never));
    expect(answer.pieces[0]).toEqual({ type: "engine", engine: "tgi", model: "y" });
    expect(answer.text).toBe("Echo: Hi");
  });

  test("take their keys from the environment or a file that may change", async () => {
    const server = await startServer({ dialect: "openai", apiKey: "sk-1" });
    const folder = await mkdtemp(join(tmpdir(), "chatbot-key-"));
    const apiKeyFile = join(folder, "key");
    await writeFile(apiKeyFile, "wrong\n");
    const engine = { type: "openai", url: `${server.url}/v1` };
    const models = ModelsConfig.parse([
      { id: "a", engines: [{ ...engine, apiKeyEnv: "MY_KEY" }] },
      { id: "b", engines: [{ ...engine, apiKeyFile }] },
    ]);
    const catalogue = create({ models, environment: { MY_KEY: "sk-1" } });
    expect((await collect(catalogue.pick("a").generate(ask, never))).text).toBe("Echo: Hi");
    expect((await collect(catalogue.pick("b").generate(ask, never))).error).toMatchObject({
      code: "unavailable",
    });
    await writeFile(apiKeyFile, "sk-1\n");
    expect((await collect(catalogue.pick("b").generate(ask, never))).text).toBe("Echo: Hi");
    await rm(folder, { recursive: true });
    expect((await collect(catalogue.pick("b").generate(ask, never))).error).toMatchObject({
      message: "The model server's API key cannot be read.",
    });
    expect(() => create({ models })).toThrow("MY_KEY is not set");
  });

  test("say which rule file is wrong", () => {
    const models = ModelsConfig.parse([
      { id: "a", engines: [{ type: "rules", rulesFile: "/no.json" }] },
    ]);
    expect(() => create({ models })).toThrow("/no.json cannot be read");
  });

  test("there must be one", () => {
    expect(() => create({})).toThrow("INFERENCE_SERVER_URL or MODELS");
  });

  test.each([
    ["no list", {}],
    ["an empty list", []],
    ["no engines", [{ id: "a", engines: [] }]],
    ["nine engines", [{ id: "a", engines: Array.from({ length: 9 }, () => echo) }]],
    ["a word too many", [{ id: "a", engines: [{ ...echo, temperature: 1 }] }]],
    ["an unknown engine", [{ id: "a", engines: [{ type: "magic" }] }]],
    ["no address", [{ id: "a", engines: [{ type: "tgi" }] }]],
    ["an address that is none", [{ id: "a", engines: [{ type: "tgi", url: "localhost:8080" }] }]],
    [
      "two keys",
      [
        {
          id: "a",
          engines: [{ type: "openai", url: "http://x", apiKeyEnv: "A", apiKeyFile: "b" }],
        },
      ],
    ],
    [
      "one id twice",
      [
        { id: "a", engines: [echo] },
        { id: "a", engines: [echo] },
      ],
    ],
    ["51 models", Array.from({ length: 51 }, (_, n) => ({ id: `m${n}`, engines: [echo] }))],
  ])("with %s are refused", (_, value) => {
    expect(ModelsConfig.safeParse(value).success).toBe(false);
  });
});
