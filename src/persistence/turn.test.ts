import { RedisChatMessageHistory } from "@langchain/redis";
import { describe, expect, test } from "vitest";
import { openStore, someone } from "../../test/store.ts";
import {
  answer,
  ask,
  claimed,
  done,
  eventTypes,
  newGenerationId,
  newMessageId,
} from "../../test/turns.ts";

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

  test("handed over is not held again by a renewal that was on its way", async () => {
    const store = await openStore();
    const owner = someone();
    const { id } = await store.conversations.create(owner, {});
    await ask(store, owner, id);
    const claim = await claimed(store);
    await store.queue.handOver(claim);
    expect((await store.queue.renew([claim])).lost).toContain(claim.generationId);
    expect(await store.queue.claim("w2")).toMatchObject({ generationId: claim.generationId });
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
