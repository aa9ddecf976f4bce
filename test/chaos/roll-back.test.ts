import { expect, onTestFinished, test } from "vitest";
import { ChatError } from "../../src/domain/errors.ts";
import { GenerationId, MessageId } from "../../src/protocol/ids.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { catalogueOf, createScriptedModel, words } from "../scripted-model.ts";
import { openStore, type Store, someone } from "../store.ts";
import { openHubViewer } from "./hub-viewer.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const end = { type: "end", finishReason: "stop" } as const;

async function setUp() {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, { title: "named" });
  const ask = () =>
    store.turns.submit({
      owner,
      conversationId: id,
      content: "Why?",
      messageId: MessageId.parse(crypto.randomUUID()),
      generationId: GenerationId.parse(crypto.randomUUID()),
    });
  return { store, owner, id, ask };
}

/** Remembers keys as they are; called back, the store has lost all that came after. */
async function remember({ redis }: Store, keys: readonly string[]): Promise<() => Promise<void>> {
  const { client } = redis;
  const buffers = client.commandOptions({ returnBuffers: true });
  const dumps = await Promise.all(keys.map((key) => client.dump(buffers, key)));
  return async () => {
    await client.del([...keys]);
    for (const [at, dump] of dumps.entries()) {
      if (dump !== null) await client.restore(keys[at] ?? "", 0, dump as never);
    }
  };
}

test("an end is not written behind a text whose end the store has lost", async () => {
  const { store, id, ask } = await setUp();
  const model = createScriptedModel();
  const deps = { ...store, history: store.messages, catalogue: catalogueOf(model) };
  const worker = startWorker(deps, { concurrency: 1, leaseMs: 5_000, name: "w", log: quiet });
  onTestFinished(() => worker.drain());
  const { generationId } = await ask();
  const call = await model.call(0);
  const text = async () => (await store.running.text(id, generationId)).text;
  call.give({ type: "reasoning", text: "Hm. ", tokens: 1 }, ...words("blue "));
  await expect.poll(text).toBe("blue ");
  const lose = await remember(store, [`${store.keys.of(id).deltas}${generationId}`]);
  call.give({ type: "reasoning", text: "So. ", tokens: 1 }, ...words("light"));
  await expect.poll(text).toBe("blue light");
  await lose();
  call.give(end);
  const stored = () => store.messages.get(id, generationId);
  const whole = { content: "blue light", reasoning: "Hm. So. ", status: "done" };
  await expect.poll(stored).toMatchObject(whole);
  expect(await store.running.text(id, generationId)).toMatchObject({
    text: "blue light",
    reasoning: "Hm. So. ",
    outcome: { status: "done" },
  });
});

test("a stop keeps the text of an answer whose lease the store has lost", async () => {
  const { store, owner, id, ask } = await setUp();
  const { generationId } = await ask();
  const { queue, leases, generation } = store.keys.of(id);
  const lose = await remember(store, [queue, leases, `${generation}${generationId}`]);
  const claim = await store.queue.claim("w1");
  await lose();
  // Its worker is alive, and goes on.
  if (claim === undefined) throw new Error("nothing was queued");
  await store.queue.append(claim, { entry: 1, at: 0, text: "so far", tokens: 1 });
  await store.turns.stop(owner, id, generationId);
  // Whoever has it ends it, with its text.
  expect(await store.queue.claim("w2")).toMatchObject({ generationId, stop: true });
});

test("an entry that is missing in a stream voids what follows only until another run", async () => {
  const { store, id, ask } = await setUp();
  const { generationId } = await ask();
  const key = `${store.keys.of(id).deltas}${generationId}`;
  const write = (entry: number, fence: number, at: number, text: string) =>
    store.redis.client.xAdd(key, `${entry}-0`, {
      ...{ fence: String(fence), part: "", at: String(at), text, tokens: "1" },
      ...{ end: String(at + text.length), reasoningEnd: "0" },
    });
  await write(1, 10, 0, "one ");
  await write(3, 10, 8, "three ");
  expect((await store.running.text(id, generationId)).text).toBe("one ");
  await write(4, 20, 4, "two ");
  await write(5, 20, 8, "three");
  expect((await store.running.text(id, generationId)).text).toBe("one two three");
});

test("a log that was rolled back is found out, though the store cannot be read meanwhile", async () => {
  const { store, owner, id, ask } = await setUp();
  await ask();
  let away = false;
  let refused = 0;
  const read: Store["events"]["read"] = async (...args) => {
    if (away) refused += 1;
    if (away) throw new ChatError("unavailable", "away");
    return await store.events.read(...args);
  };
  const { screen, watch } = openHubViewer("pod", { ...store, events: { ...store.events, read } });
  await watch(owner, id);
  const cursor = () => screen.conversations.get(id)?.cursor;
  const happen = () => store.conversations.update(owner, id, { title: "another" });
  const lose = await remember(store, [store.keys.of(id).events]);
  await happen();
  await happen();
  await expect.poll(async () => cursor() === (await store.events.last(id))).toBe(true);
  away = true;
  await lose();
  // As many events as were lost, and the one that seems to follow.
  for (let events = 0; events < 3; events += 1) await happen();
  await expect.poll(() => refused).toBeGreaterThan(1);
  away = false;
  await expect.poll(async () => cursor() === (await store.events.last(id))).toBe(true);
  expect(screen.counts.snapshots).toBe(2);
  expect(screen.wrong).toEqual([]);
});
