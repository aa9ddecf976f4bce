import { expect, onTestFinished, test } from "vitest";
import { catalogueOf, createScriptedModel } from "../../test/scripted-model.ts";
import { openStore } from "../../test/store.ts";
import { ChatError } from "../domain/errors.ts";
import type { WorkQueue } from "../domain/ports/turn.ts";
import { startWorker } from "./worker.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function startWith(claim: WorkQueue["claim"]) {
  const store = await openStore();
  const worker = startWorker(
    {
      ...store,
      history: store.messages,
      queue: { ...store.queue, claim },
      catalogue: catalogueOf(createScriptedModel()),
    },
    { concurrency: 4, leaseMs: 200, name: "w1", log: quiet },
  );
  return worker;
}

test("a worker whose look into the queue never ends falls silent", async () => {
  const never = Promise.withResolvers<undefined>();
  const worker = await startWith(() => never.promise);
  onTestFinished(() => worker.drain());
  // Its polls go on meanwhile: they are no sign of life.
  await expect.poll(() => worker.silentMs()).toBeGreaterThan(1_000);
  never.resolve(undefined);
  await expect.poll(() => worker.silentMs()).toBeLessThan(1_000);
});

test("a worker without its store is not silent: it has looked", async () => {
  let looks = 0;
  const worker = await startWith(async () => {
    looks += 1;
    throw new ChatError("unavailable", "away");
  });
  onTestFinished(() => worker.drain());
  await expect.poll(() => looks).toBeGreaterThan(3);
  expect(worker.silentMs()).toBeLessThan(1_000);
});

test("a worker that drains is not silent", async () => {
  const worker = await startWith(async () => undefined);
  await worker.drain();
  expect(worker.silentMs()).toBe(0);
});
