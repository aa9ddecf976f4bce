import { describe, expect, test } from "vitest";
import { openStore, someone } from "../../test/store.ts";
import { answer, ask, claimed, done, newGenerationId, newMessageId } from "../../test/turns.ts";
import { EventId, type GenerationId, LOG_START, type MessageId } from "../protocol/ids.ts";
import { createReadBacklog } from "./redis-backlog.ts";

describe("regenerate", () => {
  test("gives the same user message another answer, once a request", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const { messageId } = await ask(store, owner, id);
    await answer(store, "one");
    const requestId = newMessageId();
    const again = () =>
      store.turns.regenerate({
        owner,
        conversationId: id,
        requestId,
        generationId: newGenerationId(),
        parentId: messageId,
      });
    const [a, b] = [await again(), await again()];
    expect(a).toEqual(b);
    await answer(store, "two");
    const { items } = await store.messages.page(id, { limit: 10 });
    expect(items.map(({ parentId, content }) => [parentId, content])).toEqual([
      [null, "Why is the sky blue?"],
      [messageId, "one"],
      [messageId, "two"],
    ]);
  });

  test("refuses to answer an answer, and to continue one that is whole", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const { messageId } = await ask(store, owner, id);
    const { generationId } = await answer(store, "one");
    const regenerate = (parentId: MessageId, continueFrom?: GenerationId) =>
      store.turns.regenerate({
        owner,
        conversationId: id,
        requestId: newMessageId(),
        generationId: newGenerationId(),
        parentId,
        continueFrom,
      });
    await expect(regenerate(generationId)).rejects.toMatchObject({ code: "invalid" });
    await expect(regenerate(messageId, generationId)).rejects.toMatchObject({ code: "invalid" });
    await expect(regenerate(messageId, newGenerationId())).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("the event log", () => {
  test("reads on after a cursor that stands, and knows one that does not", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    const [first, second] = (await store.events.read(id, LOG_START, 10)) ?? [];
    if (first === undefined || second === undefined) throw new Error("no events");
    expect(await store.events.read(id, first.id, 10)).toEqual([second]);
    expect(await store.events.last(id)).toBe(second.id);
    const [sequence = ""] = first.id.split("-");
    expect(await store.events.read(id, EventId.parse(`${sequence}-1`), 10)).toBeUndefined();
    expect(await store.events.read(id, EventId.parse("99-1"), 10)).toBeUndefined();
  });
});

describe("messages", () => {
  test("come in pages, oldest first within one, and each page reads what it shows", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    for (let i = 0; i < 5; i += 1) {
      await ask(store, owner, id, `q${i}`);
      await answer(store, `a${i}`);
    }
    const first = await store.messages.page(id, { limit: 4 });
    expect(first.items.map(({ content }) => content)).toEqual(["q3", "a3", "q4", "a4"]);
    const second = await store.messages.page(id, { limit: 4, before: first.next ?? "" });
    expect(second.items.map(({ content }) => content)).toEqual(["q1", "a1", "q2", "a2"]);
    const third = await store.messages.page(id, { limit: 4, before: second.next ?? "" });
    expect(third.items.map(({ content }) => content)).toEqual(["q0", "a0"]);
    expect(third.next).toBeUndefined();
    await expect(
      store.messages.page(id, { limit: 4, before: newMessageId() }),
    ).rejects.toMatchObject({ code: "not_found" });
  });

  test("lead from any of them back to its root", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const root = await ask(store, owner, id, "q0");
    await answer(store, "a0");
    for (let i = 1; i < 80; i += 1) {
      await ask(store, owner, id, `q${i}`);
      await answer(store, `a${i}`);
    }
    const edited = await ask(store, owner, id, "edited", root.generationId);
    const path = await Array.fromAsync(store.messages.ancestors(id, edited.messageId));
    expect(path.map(({ content }) => content)).toEqual(["edited", "a0", "q0"]);
    const last = await Array.fromAsync(
      store.messages.ancestors(id, (await store.messages.all(id)).at(-2)?.id ?? newMessageId()),
    );
    expect(last).toHaveLength(160);
    expect(await store.messages.count(id)).toBe(161);
  });
});

describe("the queue", () => {
  test("keeps a worker's last place for a user who has none", async () => {
    const store = await openStore();
    const [eager, late] = [someone(), someone()];
    const mine = await store.conversations.create(eager, {});
    const theirs = await store.conversations.create(late, {});
    for (let i = 0; i < 3; i += 1) await ask(store, eager, mine.id, "q", null);
    expect(await store.queue.claim("w1")).toMatchObject({ userId: eager });
    expect(await store.queue.claim("w1", { lastSlot: true })).toBeUndefined();
    await ask(store, late, theirs.id);
    expect(await store.queue.claim("w1", { lastSlot: true })).toMatchObject({ userId: late });
  });

  test("gives one user no more than may be under way at once, and the next when one ends", async () => {
    const store = await openStore({ maxPerUser: 1 });
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    for (let i = 0; i < 2; i += 1) await ask(store, owner, id, "q", null);
    const first = await claimed(store);
    expect(await store.queue.claim("w1")).toBeUndefined();
    await store.queue.finish(first, { text: "", reasoning: "" }, done);
    expect(await store.queue.claim("w1")).toBeDefined();
  });

  test("says how long it will take, once it moves", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const asked: GenerationId[] = [];
    for (let i = 0; i < 4; i += 1) {
      asked.push((await ask(store, owner, id, "q", null)).generationId);
    }
    const places = () => store.running.positions(id, asked);
    expect((await places()).get(asked[3] ?? newGenerationId())).toEqual({ position: 3 });
    await claimed(store);
    await claimed(store);
    const [place] = [...(await places()).values()].filter(({ position }) => position === 1);
    expect(place?.estimateMs).toBeGreaterThan(0);
  });

  test("says limited with a time to come back when it is full", async () => {
    const store = await openStore({ maxQueued: 1 });
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id, "q", null);
    await expect(ask(store, owner, id, "q", null)).rejects.toMatchObject({
      code: "limited",
      retryAfterMs: 1_000,
    });
  });

  test("gets back what was in no queue and under no lease", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const { generationId } = await ask(store, owner, id);
    await store.redis.client.zRem(store.keys.of(id).queue, generationId);
    expect(await store.queue.claim("w1")).toBeUndefined();
    expect(await store.queue.tidy(Date.now() + 1_000)).toEqual({
      putBack: 1,
      dropped: 0,
      untold: [],
    });
    expect(await store.queue.tidy(Date.now() + 60_000)).toEqual({
      putBack: 0,
      dropped: 0,
      untold: [],
    });
    expect(await store.queue.claim("w1")).toMatchObject({ generationId });
  });

  test("knows of an end that nobody was told, until somebody was", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    await answer(store, "done, and the worker died");
    const later = () => store.queue.tidy(Date.now() + 60_000);
    expect((await later()).untold).toEqual([id]);
    await store.conversations.announce(id);
    expect((await later()).untold).toEqual([]);
  });

  test("counts anew what users hold", async () => {
    const store = await openStore({ maxPerUser: 1 });
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    for (let i = 0; i < 2; i += 1) await ask(store, owner, id, "q", null);
    const { held } = store.keys.of(id);
    await store.redis.client.hSet(held, owner, "7");
    expect(await store.queue.claim("w1")).toBeUndefined();
    await store.queue.tidy(0);
    expect(await store.queue.claim("w1")).toBeDefined();
    expect(await store.redis.client.hGetAll(held)).toEqual({ [owner]: "1" });
  });
});

describe("a claim", () => {
  test("says where the generation was, and what trace and run it goes on with", async () => {
    const store = await openStore({ leaseMs: 100 });
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const [question, first] = ["00-11111111111111111111111111111111-2222222222222222-01", "run-1"];
    await store.turns.submit({
      owner,
      conversationId: id,
      content: "Why?",
      messageId: newMessageId(),
      generationId: newGenerationId(),
      traceparent: question,
    });
    const queued = await claimed(store);
    expect(queued).toMatchObject({ from: "queue", traceparent: question });
    expect(queued.previousRun).toBeUndefined();
    await store.queue.noteRun(queued, first);
    await expect
      .poll(() => store.queue.claim("w2"))
      .toMatchObject({ from: "expired", traceparent: question, previousRun: first });
    // Of a run that was superseded nothing is kept.
    await store.queue.noteRun(queued, "late");
    await expect
      .poll(async () => {
        const claim = await store.queue.claim("w3");
        if (claim !== undefined) await store.queue.handOver(claim);
        return claim;
      })
      .toMatchObject({ previousRun: first });
    expect(await store.queue.claim("w4")).toMatchObject({ from: "handed_over" });
  });

  test("leaves the rest waiting: how many, and for how long, is told over all partitions", async () => {
    const store = await openStore({ partitions: 3 });
    const owner = someone();
    const readBacklog = createReadBacklog(store.redis, store.keys);
    expect(await readBacklog()).toEqual({ queued: 0, leased: 0, oldestMs: 0 });
    for (let one = 0; one < 6; one += 1) {
      const { id } = await store.conversations.create(owner, {});
      await ask(store, owner, id);
    }
    await claimed(store);
    expect(await readBacklog()).toMatchObject({ queued: 5, leased: 1 });
    await expect.poll(async () => (await readBacklog()).oldestMs).toBeGreaterThan(0);
  });
});
