import { expect, onTestFinished, test } from "vitest";
import {
  createModelServer,
  type ModelServer,
  type ModelServerOptions,
} from "../../test/model-server.ts";
import { collect } from "../../test/pieces.ts";
import type { FoundModel } from "../domain/ports/found-model.ts";
import type { GenerateRequest } from "../domain/ports/model.ts";
import type { Model } from "../protocol/session.ts";
import { type CatalogueOptions, createCatalogue } from "./catalogue.ts";

const never = new AbortController().signal;
const ask: GenerateRequest = { messages: [{ role: "user", content: "Hi" }], parameters: {} };
const FAST = { retryMs: 100, backOffMs: 5, maxBackOffMs: 10 };

async function startServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const server = await createModelServer(options);
  onTestFinished(() => server.close());
  return server;
}

function create(options: CatalogueOptions = {}) {
  // It is looked at again only when that is due: what comes sooner was woken.
  const probes = { readyProbeMs: 60_000, awayProbeMs: 60_000 };
  const all = { discovers: true, ...probes, resilience: FAST, ...options };
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  const catalogue = createCatalogue(all, ending.signal);
  const told: (readonly Model[])[] = [];
  catalogue.onChange((models) => told.push(models));
  const find = (...models: readonly FoundModel[]) => catalogue.found({ state: "live", models });
  return { catalogue, told, find };
}

const at = (url: string, id = "llama", hasEndpoint = true): FoundModel => ({
  ...{ id, type: "auto", url, hasEndpoint },
});

test("nothing is known at first, and an answer asked for all the same fails", async () => {
  const { catalogue, find } = create();
  expect(catalogue.models()).toEqual([]);
  expect(catalogue.discovery).toBe("starting");
  // A conversation may have had it: nobody could look yet.
  const { error } = await collect(catalogue.pick("llama").generate(ask, never));
  expect(error).toMatchObject({ code: "unavailable" });
  find();
  expect(catalogue.discovery).toBe("live");
  expect(() => catalogue.pick("llama")).toThrow(expect.objectContaining({ code: "invalid" }));
  expect((await collect(catalogue.pick().generate(ask, never))).error).toMatchObject({
    code: "unavailable",
  });
});

test("a model starts until an endpoint is there, is asked at once then, and each change is told", async () => {
  const port = Number(new URL((await createAndClose()).url).port);
  const { catalogue, told, find } = create();
  const url = `http://127.0.0.1:${port}`;
  find(at(url, "llama", false));
  await expect
    .poll(() => told)
    .toEqual([[{ id: "llama", name: "llama", engine: "auto", status: "starting" }]]);
  await startServer({ port, modelId: "org/Llama-3" });
  find(at(url));
  const ready = { id: "llama", name: "Llama-3", engine: "tgi", status: "ready" };
  await expect.poll(() => told.at(-1)).toEqual([ready]);
  expect((await collect(catalogue.pick("llama").generate(ask, never))).text).toBe("Echo: Hi");
  find();
  expect(told.at(-1)).toEqual([]);
});

test("what did not change stays as it is, and is not asked again", async () => {
  const server = await startServer();
  const other = await startServer();
  const { catalogue, find } = create();
  find(at(server.url));
  await expect.poll(() => catalogue.models()[0]?.status).toBe("ready");
  const asked = server.requests.length;
  find(at(server.url), at(other.url, "other"));
  await expect.poll(() => catalogue.models()[1]?.status).toBe("ready");
  expect(catalogue.models()[0]?.status).toBe("ready");
  expect(server.requests).toHaveLength(asked);
});

test("a model that moved is asked where it is now", async () => {
  const [one, two] = [await startServer({ answer: "one" }), await startServer({ answer: "two" })];
  const { catalogue, find } = create();
  find(at(one.url));
  expect((await collect(catalogue.pick("llama").generate(ask, never))).text).toBe("one");
  find(at(two.url));
  expect((await collect(catalogue.pick("llama").generate(ask, never))).text).toBe("two");
});

test("an answer goes on while its model goes", async () => {
  const server = await startServer({ answer: "a b c d e f g h", tokensPerSecond: 20 });
  const { catalogue, find } = create();
  find(at(server.url));
  const answer = collect(catalogue.pick("llama").generate(ask, never));
  await server.arrived(1);
  find();
  expect((await answer).text).toBe("a b c d e f g h");
});

test("configured models come first, and keep their names", async () => {
  const server = await startServer();
  const models = [{ id: "llama", engines: [{ type: "echo" as const, delayMs: 0 }] }];
  const { catalogue, find } = create({ models });
  find(at(server.url), at(server.url, "other"));
  expect(catalogue.models().map(({ id, engine }) => [id, engine])).toEqual([
    ["llama", "echo"],
    ["other", "auto"],
  ]);
  expect(catalogue.pick().engine).toBe("echo");
});

test("a name that another process knew already is waited for", async () => {
  const server = await startServer();
  const { catalogue, find } = create();
  find();
  const settled = catalogue.settle?.("llama", never);
  find(at(server.url));
  await settled;
  expect(catalogue.pick("llama").id).toBe("llama");
  // Not longer than the one who waits does.
  const left = new AbortController();
  left.abort();
  await catalogue.settle?.("none", left.signal);
});

test("while nobody can be asked, a name that is not known may yet be one", async () => {
  const { catalogue } = create();
  catalogue.found({ state: "away", models: [] });
  expect(catalogue.discovery).toBe("away");
  expect(catalogue.pick("llama").id).toBe("llama");
});

/** A port on which nobody listens. */
async function createAndClose(): Promise<ModelServer> {
  const server = await createModelServer();
  await server.close();
  return server;
}
