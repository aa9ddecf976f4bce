import { RedisChatMessageHistory } from "@langchain/redis";
import { describe, expect, test } from "vitest";
import { openStore, type Store, someone } from "../../test/store.ts";
import type { Claim } from "../domain/ports/turn.ts";
import type { ConversationId, UserId } from "../protocol/ids.ts";
import { EventId, GenerationId, LOG_START, MessageId } from "../protocol/ids.ts";
import type { Outcome } from "../protocol/outcome.ts";

const done: Outcome = {
  status: "done",
  engine: "tgi",
  model: "m",
  finishReason: "stop",
  usage: { completionTokens: 2 },
  timing: {},
  continued: 0,
};

const newMessageId = () => MessageId.parse(crypto.randomUUID());
const newGenerationId = () => GenerationId.parse(crypto.randomUUID());

async function ask(
  store: Store,
  owner: UserId,
  conversationId: ConversationId,
  content = "Why is the sky blue?",
  parentId?: MessageId | null,
) {
  return await store.turns.submit({
    owner,
    conversationId,
    content,
    parentId,
    messageId: newMessageId(),
    generationId: newGenerationId(),
  });
}

async function claimed(store: Store): Promise<Claim> {
  const claim = await store.queue.claim("w1");
  if (claim === undefined) throw new Error("nothing was queued");
  return claim;
}

async function answer(store: Store, text: string): Promise<Claim> {
  const claim = await claimed(store);
  await store.queue.append(claim, { entry: 1, at: 0, text, tokens: 1 });
  await store.queue.finish(claim, { text, reasoning: "" }, done);
  return claim;
}

async function eventTypes(store: Store, id: ConversationId): Promise<string[]> {
  const events = await store.events.read(id, LOG_START, 1_000);
  return (events ?? []).map(({ event }) => event.type);
}

describe("submit", () => {
  test("stores a question once for any number of resends", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const messageId = newMessageId();
    const submit = (content: string) =>
      store.turns.submit({
        owner,
        conversationId: id,
        messageId,
        generationId: newGenerationId(),
        content,
      });
    const answers = await Promise.all([submit("one"), submit("two"), submit("three")]);
    expect(new Set(answers.map(({ generationId }) => generationId)).size).toBe(1);
    const { items } = await store.messages.page(id, { limit: 50 });
    expect(items.map(({ role, content }) => [role, content])).toEqual([
      ["user", "one"],
      ["assistant", ""],
    ]);
    expect(await eventTypes(store, id)).toEqual(["message.created", "generation.queued"]);
  });

  test("refuses another user's conversation as it refuses one that is not there", async () => {
    const store = await openStore();
    const { id } = await store.conversations.create(someone(), {});
    await expect(ask(store, someone(), id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("refuses an unknown parent", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await expect(ask(store, owner, id, "?", newMessageId())).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("lets a follow-up wait for the answer it follows, however that ends", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const first = await ask(store, owner, id, "first");
    const second = await ask(store, owner, id, "second");
    const claim = await claimed(store);
    expect(claim.generationId).toBe(first.generationId);
    expect(await store.queue.claim("w2")).toBeUndefined();
    await store.queue.finish(claim, { text: "", reasoning: "" }, { ...done, status: "failed" });
    const next = await claimed(store);
    expect(next.generationId).toBe(second.generationId);
    const question = await store.messages.get(id, next.parentId);
    expect(question?.parentId).toBe(first.generationId);
  });

  test("says limited when too many answers of a conversation are under way", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    for (let i = 0; i < 16; i += 1) await ask(store, owner, id, "q", null);
    await expect(ask(store, owner, id, "q", null)).rejects.toMatchObject({ code: "limited" });
  });

  test("never lets one user's tenth question delay another's first", async () => {
    const store = await openStore();
    const [eager, late] = [someone(), someone()];
    const mine = await store.conversations.create(eager, {});
    const theirs = await store.conversations.create(late, {});
    for (let i = 0; i < 10; i += 1) await ask(store, eager, mine.id, "q", null);
    const { generationId } = await ask(store, late, theirs.id);
    const order: string[] = [];
    for (let i = 0; i < 3; i += 1) order.push((await claimed(store)).generationId);
    expect(order).toContain(generationId);
  });
});

describe("an answer", () => {
  test("is read by a LangChain program with no help of ours", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id, "Hi 😀");
    await answer(store, "Hello 世界");
    const history = new RedisChatMessageHistory({
      sessionId: `chatbot:messages:{0}:${id}`,
      client: store.redis.client,
    });
    const messages = await history.getMessages();
    expect(messages.map((message) => [message.type, message.content])).toEqual([
      ["human", "Hi 😀"],
      ["ai", "Hello 世界"],
    ]);
  });

  test("is finished once, by whoever and however often", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    const claim = await answer(store, "Rayleigh.");
    await store.queue.finish(claim, { text: "Rayleigh.", reasoning: "" }, done);
    expect((await store.messages.page(id, { limit: 10 })).items).toHaveLength(2);
    expect((await eventTypes(store, id)).filter((type) => type === "generation.finished")).toEqual([
      "generation.finished",
    ]);
    expect(await store.queue.claim("w2")).toBeUndefined();
    expect((await store.conversations.get(owner, id)).generating).toBe(false);
  });

  test("is appended under a fence and by position", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    const claim = await claimed(store);
    const append = (entry: number, at: number, text: string, by = claim) =>
      store.queue.append(by, { entry, at, text, tokens: 1 });
    expect(await append(1, 0, "a😀")).toEqual({ type: "ok", stop: false });
    expect(await append(1, 0, "a😀")).toEqual({ type: "ok", stop: false });
    const stands = { entries: 1, fence: claim.fence, text: 3, reasoning: 0 };
    expect(await append(2, 1, "x")).toEqual({ type: "mismatch", ...stands });
    expect(await append(4, 3, "x")).toEqual({ type: "mismatch", ...stands });
    const refenced = await store.queue.refence(claim);
    expect(await append(2, 3, "late")).toEqual({ type: "lost" });
    expect(await append(2, 2, "?", refenced)).toEqual({ type: "ok", stop: false });
    expect(await store.queue.text(claim)).toMatchObject({
      text: `${"a😀".slice(0, 2)}?`,
      entries: 2,
    });
  });

  test("of another run begins its text anew where that thinks again", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    const claim = await claimed(store);
    await store.queue.append(claim, { entry: 1, at: 0, text: "hm", tokens: 1, part: "reasoning" });
    await store.queue.append(claim, { entry: 2, at: 0, text: "wrong", tokens: 1 });
    const next = await store.queue.refence(claim);
    if (next === undefined) throw new Error("lost");
    await store.queue.append(next, { entry: 3, at: 0, text: "", tokens: 0, part: "reasoning" });
    await store.queue.append(next, { entry: 4, at: 0, text: "right", tokens: 1 });
    expect(await store.queue.text(next)).toMatchObject({ text: "right", reasoning: "" });
  });

  test("survives its worker: the lease runs out and the next one goes on from the text", async () => {
    const store = await openStore({ leaseMs: 100 });
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    const dead = await claimed(store);
    await store.queue.append(dead, { entry: 1, at: 0, text: "Hello", tokens: 1 });
    await expect
      .poll(() => store.queue.claim("w2"))
      .toMatchObject({
        generationId: dead.generationId,
        entries: 1,
        attempts: 1,
      });
    expect(await store.queue.append(dead, { entry: 2, at: 5, text: "!", tokens: 1 })).toEqual({
      type: "lost",
    });
  });

  test("counts claims that bring nothing", async () => {
    const store = await openStore({ leaseMs: 100 });
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    expect((await claimed(store)).attempts).toBe(1);
    await expect.poll(() => store.queue.claim("w2")).toMatchObject({ attempts: 2 });
  });

  test("handed over is claimed at once and counts no attempt", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    const claim = await claimed(store);
    await store.queue.handOver(claim);
    expect(await store.queue.claim("w2")).toMatchObject({ attempts: 1 });
  });
});

describe("stop", () => {
  test("ends a queued generation there and then", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const { generationId } = await ask(store, owner, id);
    await store.turns.stop(owner, id, generationId);
    await store.turns.stop(owner, id, generationId);
    expect(await store.queue.claim("w1")).toBeUndefined();
    expect(await store.messages.get(id, generationId)).toMatchObject({ status: "stopped" });
    expect((await eventTypes(store, id)).at(-1)).toBe("generation.stopped");
  });

  test("tells the worker of a running one, by the next append at the latest", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const { generationId } = await ask(store, owner, id);
    const claim = await claimed(store);
    const told: string[] = [];
    const unlisten = await store.queue.listen({
      queued: () => undefined,
      stop: (one) => told.push(one),
    });
    await store.turns.stop(owner, id, generationId);
    await expect.poll(() => told).toContain(generationId);
    expect(await store.queue.append(claim, { entry: 1, at: 0, text: "x", tokens: 1 })).toEqual({
      type: "ok",
      stop: true,
    });
    expect([...(await store.queue.renew([claim])).stopped]).toEqual([generationId]);
    await unlisten();
  });

  test("refuses a stranger and an unknown generation alike", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    const { generationId } = await ask(store, owner, id);
    for (const stop of [
      store.turns.stop(someone(), id, generationId),
      store.turns.stop(owner, id, newGenerationId()),
    ]) {
      await expect(stop).rejects.toMatchObject({ code: "not_found" });
    }
  });
});

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
