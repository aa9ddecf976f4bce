import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { startApp } from "./app-process.ts";
import { call, createConversation } from "./chat-client.ts";
import { createModelServer, type ModelServerOptions } from "./model-server.ts";

async function serve(options: ModelServerOptions) {
  const server = await createModelServer(options);
  onTestFinished(() => server.close());
  return server;
}

async function start(models: unknown) {
  const { url } = await startApp({
    REDIS_OM_URL: `${inject("redisUrl")}/14`,
    RETRY_SECONDS: "0",
    MODELS: typeof models === "string" ? models : JSON.stringify(models),
  });
  async function answerOf(id: string, body: object) {
    const response = await call(url, "POST", `/api/conversations/${id}/messages`, body, {
      headers: { Prefer: "wait=20" },
    });
    const { answer } = (await response.json()) as {
      answer: { content: string; status: string; metadata: Record<string, unknown> };
    };
    return answer;
  }
  return { url, answerOf };
}

test("a model is picked for a conversation and for one message, and the answer names it", async () => {
  const tgi = await serve({ answer: "from TGI" });
  const vllm = await serve({ dialect: "vllm", answer: "from vLLM" });
  const { url, answerOf } = await start([
    { id: "first", engines: [{ type: "auto", url: tgi.url }] },
    { id: "second", name: "The second", engines: [{ type: "openai", url: vllm.url }] },
    { id: "echo", engines: [{ type: "echo", delayMs: 0 }] },
  ]);
  const { id } = await createConversation(url);
  expect(await answerOf(id, { content: "a" })).toMatchObject({
    content: "from TGI",
    metadata: { model: "first", engine: "tgi" },
  });
  await call(url, "PATCH", `/api/conversations/${id}`, { model: "second" });
  expect(await answerOf(id, { content: "b" })).toMatchObject({
    content: "from vLLM",
    metadata: { model: "second" },
  });
  expect(await answerOf(id, { content: "c", model: "echo" })).toMatchObject({
    content: "c",
    metadata: { model: "echo", engine: "echo" },
  });
  expect(await answerOf(id, { content: "d" })).toMatchObject({ content: "from vLLM" });
  const unknown = await call(url, "POST", `/api/conversations/${id}/messages`, {
    content: "e",
    model: "none",
  });
  expect(unknown.status).toBe(400);
});

test("a fallback answers where the first engine cannot, and is named", async () => {
  const broken = await serve({ dialect: "vllm" });
  broken.fault(...Array.from({ length: 20 }, () => ({ type: "status", status: 500 }) as const));
  const { url, answerOf } = await start([
    {
      id: "both",
      engines: [
        { type: "openai", url: broken.url },
        { type: "echo", delayMs: 0 },
      ],
    },
  ]);
  const { id } = await createConversation(url);
  expect(await answerOf(id, { content: "still here" })).toMatchObject({
    content: "still here",
    status: "done",
    metadata: { engine: "echo" },
  });
});

test("models, keys and rules come from files as well", async () => {
  const directory = await mkdtemp(join(tmpdir(), "chatbot-models-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const key = "secret-key";
  const locked = await serve({ dialect: "openai", apiKey: key, answer: "unlocked" });
  await writeFile(join(directory, "key"), `${key}\n`);
  await writeFile(
    join(directory, "rules.json"),
    JSON.stringify([
      { pattern: "^my name is (\\w+)", answer: "Hello, $1." },
      { pattern: ".", answer: "?" },
    ]),
  );
  await writeFile(
    join(directory, "models.json"),
    JSON.stringify([
      {
        id: "locked",
        engines: [{ type: "openai", url: locked.url, apiKeyFile: join(directory, "key") }],
      },
      {
        id: "rules",
        engines: [{ type: "rules", rulesFile: join(directory, "rules.json"), delayMs: 0 }],
      },
    ]),
  );
  const { url, answerOf } = await start(join(directory, "models.json"));
  const { id } = await createConversation(url);
  expect(await answerOf(id, { content: "open" })).toMatchObject({ content: "unlocked" });
  expect(await answerOf(id, { content: "my name is Ada", model: "rules" })).toMatchObject({
    content: "Hello, Ada.",
    metadata: { engine: "rules" },
  });
});

test("a MODELS that cannot be is said in one go, and the process ends", async () => {
  const models = JSON.stringify([
    { id: "a", engines: [{ type: "tgi" }] },
    { id: "a", engines: [] },
  ]);
  await expect(startApp({ REDIS_OM_URL: inject("redisUrl"), MODELS: models })).rejects.toThrow(
    /exit 1: [\s\S]*MODELS 0\.engines\.0\.url/,
  );
});
