import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type FakeApiServer, startApiServer } from "../../test/api-server.ts";
import type { FoundModels } from "../domain/ports/found-model.ts";
import { connectApiServer } from "./api-server.ts";
import { discoverModels, MAX_FOUND } from "./discover-models.ts";

/** Looks at a fake API server; `seen` is what was told last. */
async function discover(prepare: (api: FakeApiServer) => void = () => undefined) {
  const api = await startApiServer();
  prepare(api);
  const directory = await mkdtemp(join(tmpdir(), "chatbot-kubeconfig-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const kubeconfig = join(directory, "config");
  await writeFile(kubeconfig, api.kubeconfig);
  const ended = new AbortController();
  const views: FoundModels[] = [];
  const problems: (readonly [string, readonly string[]])[] = [];
  const away: unknown[] = [];
  const running = discoverModels({
    connect: () => connectApiServer(kubeconfig),
    keysDirectory: "/keys",
    onModels: (view) => views.push(view),
    onProblem: (...problem) => problems.push(problem),
    onAway: (error) => away.push(error),
    signal: ended.signal,
    minPauseMs: 5,
  });
  onTestFinished(async () => {
    ended.abort();
    await running;
  });
  const state = () => views.at(-1)?.state;
  const models = () => views.at(-1)?.models.map(({ id, hasEndpoint }) => [id, hasEndpoint]);
  return { api, views, problems, away, state, models };
}

const llama = { name: "llama", port: 8080 };

test("a Service appears, becomes ready, and goes", async () => {
  const { api, state, models, away } = await discover();
  await expect.poll(state).toBe("live");
  expect(models()).toEqual([]);
  api.applyService(llama);
  await expect.poll(models).toEqual([["llama", false]]);
  api.setEndpoints("llama", [false]);
  api.setEndpoints("llama", [false, true]);
  await expect.poll(models).toEqual([["llama", true]]);
  api.setEndpoints("llama", []);
  await expect.poll(models).toEqual([["llama", false]]);
  api.deleteService("llama");
  await expect.poll(models).toEqual([]);
  expect(away).toEqual([]);
  expect([...api.proofs]).toEqual(["Bearer the-pods-own"]);
});

test("what is there already is found, and what is no model is not looked at", async () => {
  const { models } = await discover((api) => {
    api.applyService(llama);
    api.setEndpoints("llama", [true]);
    api.applyService({ name: "other", port: 80, labels: { "chatbot.dev/model": "false" } });
    api.applyService({ name: "first", port: 80, annotations: { "chatbot.dev/order": "1" } });
  });
  await expect.poll(models).toEqual([
    ["first", false],
    ["llama", true],
  ]);
});

test("a watch that breaks off goes on, and what happened meanwhile is not missed", async () => {
  const { api, models, state } = await discover((one) => one.applyService(llama));
  await expect.poll(models).toEqual([["llama", false]]);
  for (let round = 0; round < 5; round += 1) {
    await expect.poll(() => api.watches).toBe(2);
    api.drop();
    const name = `model-${round}`;
    api.applyService({ name, port: 80 });
    await expect.poll(() => models()?.some(([id]) => id === name)).toBe(true);
  }
  await expect.poll(state).toBe("live");
});

test("a version that the server has forgotten is listed anew, without a word", async () => {
  const { api, models, away } = await discover((one) => one.applyService(llama));
  await expect.poll(() => api.watches).toBe(2);
  const lists = () => api.requests.filter((one) => one === "list services").length;
  const before = lists();
  api.compact();
  api.deleteService("llama");
  api.applyService({ name: "qwen", port: 80 });
  await expect.poll(models).toEqual([["qwen", false]]);
  await expect.poll(lists).toBeGreaterThan(before);
  expect(away).toEqual([]);
});

test("a bookmark moves the watch on, so that nothing needs to be listed after it", async () => {
  const { api, models } = await discover((one) => one.applyService(llama));
  await expect.poll(() => api.watches).toBe(2);
  api.bookmark();
  const lists = api.requests.filter((one) => one.startsWith("list")).length;
  api.applyService({ name: "qwen", port: 80 });
  await expect.poll(models).toHaveLength(2);
  expect(api.requests.filter((one) => one.startsWith("list"))).toHaveLength(lists);
});

test.each([
  ["is away", 0, undefined],
  ["refuses", 403, undefined],
  ["refuses the watch alone", 403, "watch"],
  ["fails", 500, undefined],
] as const)("an API server that %s is said so once, and what was known stays", async (...row) => {
  const [, status, what] = row;
  const { api, models, state, away } = await discover((one) => one.applyService(llama));
  await expect.poll(() => api.watches).toBe(2);
  api.refuse(status, what);
  await expect.poll(state).toBe("away");
  const asked = api.requests.length;
  await expect.poll(() => api.requests.length).toBeGreaterThan(asked + (status === 0 ? 0 : 6));
  expect(models()).toEqual([["llama", false]]);
  expect(away).toHaveLength(1);
  expect(String(away[0])).not.toContain("the-pods-own");
  api.refuse(undefined);
  api.applyService({ name: "qwen", port: 80 });
  await expect.poll(models).toHaveLength(2);
  await expect.poll(state).toBe("live");
  expect(away).toEqual([expect.anything(), undefined]);
});

test("an API server that never answers leaves no models, and says that it is away", async () => {
  const { state, models } = await discover((api) => api.refuse(403));
  await expect.poll(state).toBe("away");
  expect(models()).toEqual([]);
});

test("a Service that says something wrong is passed over, and told of once", async () => {
  const { api, models, problems } = await discover();
  const wrong = { ...llama, annotations: { "chatbot.dev/engine": "magic" } };
  api.applyService(wrong);
  api.applyService({ name: "qwen", port: 80 });
  await expect.poll(models).toEqual([["qwen", false]]);
  api.setEndpoints("qwen", [true]);
  await expect.poll(models).toEqual([["qwen", true]]);
  expect(problems).toEqual([["llama", [expect.stringContaining("engine")]]]);
  api.applyService(llama);
  await expect.poll(models).toHaveLength(2);
});

test("of two Services with one id the first is taken, and the other told of", async () => {
  const { models, problems } = await discover((api) => {
    api.applyService({ name: "b", port: 80, annotations: { "chatbot.dev/model-id": "same" } });
    api.applyService({ name: "a", port: 80, annotations: { "chatbot.dev/model-id": "same" } });
  });
  await expect.poll(models).toEqual([["same", false]]);
  expect(problems).toEqual([["b", ["another Service has the same model id"]]]);
});

test("there are no more models than a picker can show", async () => {
  const { models, problems } = await discover((api) => {
    for (let at = 0; at < MAX_FOUND + 2; at += 1) api.applyService({ name: `m${at}`, port: 80 });
  });
  await expect.poll(models).toHaveLength(MAX_FOUND);
  expect(problems).toHaveLength(2);
});

test("without a way to the API server it says so, and is asked again", async () => {
  const ended = new AbortController();
  const away: unknown[] = [];
  const views: FoundModels[] = [];
  const running = discoverModels({
    connect: () => connectApiServer("/nowhere/kubeconfig"),
    keysDirectory: "/keys",
    onModels: (view) => views.push(view),
    onProblem: () => undefined,
    onAway: (error) => away.push(error),
    signal: ended.signal,
  });
  await expect.poll(() => views).toEqual([{ state: "away", models: [] }]);
  expect(String(away[0])).toMatch(/ENOENT/);
  ended.abort();
  await running;
});
