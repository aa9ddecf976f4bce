import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type FakeApiServer, startApiServer } from "./api-server.ts";
import { type AppProcess, startApp } from "./app-process.ts";
import { askOn, lastAnswer, useBrowser, wholeAnswer } from "./browser.ts";
import { call, createConversation } from "./chat-client.ts";
import { createModelServer, type ModelServerOptions } from "./model-server.ts";
import { STORY } from "./page-app.ts";
import { freePort, startRedisServer } from "./redis-server.ts";

const visit = useBrowser();
const NAMES = fileURLToPath(new URL("cluster-names.ts", import.meta.url));
const TIMEOUT = { timeout: 120_000 };

interface Listed {
  readonly items: readonly {
    readonly id: string;
    readonly name: string;
    readonly status: string;
  }[];
  readonly discovery?: string;
}

/** Web and worker apart, as in a cluster, and the API server that both watch. */
async function startCluster(env: Readonly<Record<string, string>> = {}) {
  const api = await startApiServer();
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const directory = await mkdtemp(join(tmpdir(), "chatbot-cluster-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const KUBECONFIG = join(directory, "config");
  await writeFile(KUBECONFIG, api.kubeconfig);
  const settings = {
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    RETRY_SECONDS: "0",
    MODEL_DISCOVERY: "kubernetes",
    KUBECONFIG,
    NODE_OPTIONS: `--import=${NAMES}`,
    ...env,
  };
  const start = (role: string) => startApp({ ...settings, ROLE: role });
  const [web, worker] = await Promise.all([start("web"), start("worker")]);
  const models = async () => (await (await call(web.url, "GET", "/api/models")).json()) as Listed;
  return { api, web, worker, url: web.url, models };
}

/** A model server, and the Service in front of it. */
async function deploy(api: FakeApiServer, name: string, options: ModelServerOptions = {}) {
  const server = await createModelServer({ modelId: `org/${name}-model`, ...options });
  onTestFinished(() => server.close());
  api.applyService({ name, port: Number(new URL(server.url).port) });
  return server;
}

const said = ({ lines }: AppProcess, message: string) =>
  lines.filter((line) => JSON.parse(line).msg === message);

test(
  "a model that is deployed comes up in every open picker, answers, and goes",
  TIMEOUT,
  async () => {
    const { api, url } = await startCluster();
    const pages = await Promise.all([visit(url), visit(url)]);
    const none = /No model is available/;
    for (const page of pages) {
      const connection = page.getByRole("status", { name: "Connection" });
      await expect.poll(() => connection.innerText()).toBe("Live");
      await page.getByText(none).waitFor();
    }
    // Told, and not by asking now and then.
    for (const page of pages) await page.route("**/api/models", (route) => route.abort());
    // Nobody listens behind it yet.
    const port = await freePort();
    api.applyService({ name: "llama", port, annotations: { "chatbot.dev/model-name": "Llama" } });
    const picker = (at: number) => pages[at]?.getByRole("combobox", { name: "Model" });
    for (const at of [0, 1]) {
      await expect
        .poll(() => picker(at)?.locator("option").getAttribute("data-status"))
        .toBe("starting");
    }
    await pages[0]?.getByText("Llama is starting").first().waitFor();
    const server = await createModelServer({ port, answer: STORY });
    onTestFinished(() => server.close());
    api.setEndpoints("llama", [true]);
    for (const at of [0, 1]) {
      await expect
        .poll(() => picker(at)?.locator("option").getAttribute("data-status"))
        .toBe("ready");
    }
    const [page] = pages;
    if (page === undefined) throw new Error("there is no page");
    await askOn(page, "A story, please");
    expect(await wholeAnswer(page)).toContain(STORY.trim());
    // A second one may be picked, and takes over where the first goes.
    await deploy(api, "qwen", { answer: "I am Qwen." });
    for (const at of [0, 1]) await expect.poll(() => picker(at)?.locator("option").count()).toBe(2);
    api.deleteService("llama");
    for (const at of [0, 1]) await expect.poll(() => picker(at)?.locator("option").count()).toBe(1);
    await askOn(page, "Who are you?");
    await lastAnswer(page).getByText("I am Qwen.").waitFor();
    api.deleteService("qwen");
    for (const one of pages) await one.getByText(none).waitFor();
  },
);

test(
  "a model is called as its server says, and asked for by its Service's name",
  TIMEOUT,
  async () => {
    const { api, url, models } = await startCluster({
      MODELS: JSON.stringify([{ id: "echo", engines: [{ type: "echo", delayMs: 0 }] }]),
    });
    await deploy(api, "llama", { answer: "found" });
    await expect.poll(models).toEqual({
      items: [
        { id: "echo", name: "echo", engine: "echo", status: "ready" },
        { id: "llama", name: "llama-model", engine: "tgi", status: "ready" },
      ],
      discovery: "live",
    });
    const { id } = await createConversation(url);
    await call(url, "PATCH", `/api/conversations/${id}`, { model: "llama" });
    const answer = async (body: object) => {
      const prefer = { headers: { Prefer: "wait=20" } };
      const path = `/api/conversations/${id}/messages`;
      const response = await call(url, "POST", path, body, prefer);
      return ((await response.json()) as { answer: object }).answer;
    };
    expect(await answer({ content: "a" })).toMatchObject({
      content: "found",
      metadata: { model: "llama", engine: "tgi" },
    });
    api.deleteService("llama");
    await expect.poll(async () => (await models()).items).toHaveLength(1);
    // What was the conversation's is stood in for; what is asked for by name is no model any more.
    expect(await answer({ content: "b" })).toMatchObject({
      content: "b",
      metadata: { model: "echo" },
    });
    const asked = await call(url, "POST", `/api/conversations/${id}/messages`, {
      content: "c",
      model: "llama",
    });
    expect(asked.status).toBe(400);
  },
);

test(
  "an answer that waits for a model that goes fails, and may be asked for again",
  TIMEOUT,
  async () => {
    const { api, url, models } = await startCluster({ WORKER_CONCURRENCY: "1" });
    const slow = await deploy(api, "slow", { answer: STORY, tokensPerSecond: 60 });
    await deploy(api, "gone");
    await expect
      .poll(async () => (await models()).items.map(({ status }) => status))
      .toEqual(["ready", "ready"]);
    const [one, other] = await Promise.all([createConversation(url), createConversation(url)]);
    const ask = (id: string, model: string) =>
      call(url, "POST", `/api/conversations/${id}/messages`, { content: "Why?", model });
    const answers = async (id: string) => {
      const page = await call(url, "GET", `/api/conversations/${id}/messages`);
      const { items } = (await page.json()) as { items: { role: string; status: string }[] };
      return items.filter(({ role }) => role === "assistant");
    };
    await ask(one.id, "slow");
    await slow.arrived(1);
    expect((await ask(other.id, "gone")).status).toBe(202);
    api.deleteService("gone");
    api.deleteService("slow");
    await expect.poll(async () => (await models()).items).toEqual([]);
    // What runs on a server that still answers is not cut short.
    const done = [expect.objectContaining({ status: "done", content: STORY })];
    await expect.poll(() => answers(one.id), { timeout: 30_000 }).toEqual(done);
    const failed = [expect.objectContaining({ status: "failed" })];
    await expect.poll(() => answers(other.id), { timeout: 30_000 }).toEqual(failed);
  },
);

test.each([
  ["refuses", 403],
  ["is away", 0],
])("an API server that %s is said so, and the rest goes on", TIMEOUT, async (_what, status) => {
  const { api, web, worker, url, models } = await startCluster({
    MODELS: JSON.stringify([{ id: "echo", engines: [{ type: "echo", delayMs: 0 }] }]),
  });
  await deploy(api, "llama");
  await expect
    .poll(async () => (await models()).items)
    .toMatchObject([{ id: "echo" }, { id: "llama", status: "ready" }]);
  const found = async () => await (await fetch(`${worker.adminUrl}/metrics`)).text();
  await expect.poll(found).toMatch(/^chatbot_models_discovered 1$/m);
  api.refuse(status);
  await expect.poll(async () => (await models()).discovery).toBe("away");
  expect((await models()).items).toHaveLength(2);
  expect((await fetch(`${web.adminUrl}/readyz`)).status).toBe(200);
  await expect.poll(found).toMatch(/^chatbot_model_discovery_live 0$/m);
  expect(await found()).toMatch(/^chatbot_models_discovered 1$/m);
  const { id } = await createConversation(url);
  const prefer = { headers: { Prefer: "wait=20" } };
  const body = { content: "still here", model: "llama" };
  const path = `/api/conversations/${id}/messages`;
  const response = await call(url, "POST", path, body, prefer);
  expect(await response.json()).toMatchObject({ answer: { content: "Echo: still here" } });
  for (const process of [web, worker]) {
    const words = said(process, "model discovery is away: the models known so far stay");
    expect(words).toHaveLength(1);
    expect(process.lines.join()).not.toContain("the-pods-own");
  }
  api.refuse(undefined);
  await expect.poll(async () => (await models()).discovery, { timeout: 30_000 }).toBe("live");
  expect(await Promise.all([web.end(), worker.end()])).toEqual([0, 0]);
});

test("a process without a service account starts, and says what it lacks", TIMEOUT, async () => {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const { url, lines } = await startApp({
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    MODEL_DISCOVERY: "kubernetes",
  });
  const models = async () => (await call(url, "GET", "/api/models")).json();
  await expect.poll(models).toEqual({ items: [], discovery: "away" });
  expect(lines.join()).toContain("no service account token");
  const { id } = await createConversation(url);
  const path = `/api/conversations/${id}/messages`;
  const prefer = { headers: { Prefer: "wait=20" } };
  const response = await call(url, "POST", path, { content: "Why?" }, prefer);
  expect(await response.json()).toMatchObject({ answer: { status: "failed" } });
});
