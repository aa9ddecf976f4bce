import { expect, test } from "vitest";
import { openStore, someone } from "../../test/store.ts";
import { createDeltaWriter } from "../domain/delta-writer.ts";
import type { Claim } from "../domain/ports/turn.ts";
import { GenerationId, MessageId } from "../protocol/ids.ts";
import { deltasKey, generationKey } from "./keys.ts";

/** A claimed generation, its writer, and a store that can forget what it was told since a moment. */
async function setUp() {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, {});
  await store.turns.submit({
    owner,
    conversationId: id,
    messageId: MessageId.parse(crypto.randomUUID()),
    generationId: GenerationId.parse(crypto.randomUUID()),
    content: "q",
  });
  const claim = await store.queue.claim("w");
  if (claim === undefined) throw new Error("nothing was queued");
  const k = store.keys.of(id);
  const own = [deltasKey(k, claim.generationId), generationKey(k, claim.generationId)];
  const { client } = store.redis;

  async function writerOf(held: Claim) {
    return createDeltaWriter(store.queue, held, {
      from: await store.queue.text(held),
      signal: new AbortController().signal,
      onLost: () => expect.unreachable("lost"),
      onStop: () => expect.unreachable("stopped"),
    });
  }

  return {
    ...store,
    claim,
    writerOf,
    /** What a replica has that is made the master later. */
    async remember() {
      for (const key of own) await client.sendCommand(["COPY", key, `${key}:then`, "REPLACE"]);
    },
    async rollBack() {
      for (const key of own) {
        await client.del(key);
        await client.sendCommand(["COPY", `${key}:then`, key, "REPLACE"]);
      }
    },
  };
}

test("a worker that lives gives back all that was lost, of the thought as of the answer", async () => {
  const { claim, queue, writerOf, remember, rollBack } = await setUp();
  const writer = await writerOf(claim);
  writer.push("I thi", 1, "reasoning");
  await writer.flush();
  await remember();
  writer.push("nk 😀", 1, "reasoning");
  await writer.flush();
  writer.push("Hello ", 1);
  await writer.flush();
  await rollBack();
  writer.push("world", 1);
  await writer.flush();
  expect(await queue.text(claim)).toMatchObject({ reasoning: "I think 😀", text: "Hello world" });
});

test("a take-over that was forgotten goes on from where it began", async () => {
  const { claim, queue, writerOf, remember, rollBack } = await setUp();
  const dead = await writerOf(claim);
  dead.push("one ", 1);
  await dead.flush();
  await remember();
  dead.push("two ", 1);
  await dead.flush();
  const next = await queue.refence(claim);
  if (next === undefined) throw new Error("lost");
  const writer = await writerOf(next);
  writer.push("three ", 1);
  await writer.flush();
  await rollBack();
  writer.push("four", 1);
  await writer.flush();
  expect((await queue.text(next)).text).toBe("one two three four");
});

test("an answer that began anew does not go back to what it had voided", async () => {
  const { claim, queue, writerOf, remember, rollBack } = await setUp();
  const writer = await writerOf(claim);
  writer.push("hm", 1, "reasoning");
  await writer.flush();
  writer.push("a long answer that is wrong", 1);
  await writer.flush();
  await remember();
  const anew = await queue.refence(claim);
  if (anew === undefined) throw new Error("lost");
  writer.restart(anew);
  writer.push("right", 1);
  await writer.flush();
  await rollBack();
  writer.push("!", 1);
  await writer.flush();
  expect(await queue.text(anew)).toMatchObject({ reasoning: "", text: "right!" });
});

test("a long text that was lost comes back in entries of bounded length, no pair split", async () => {
  const { claim, queue, writerOf, remember, rollBack, redis, keys } = await setUp();
  const writer = await writerOf(claim);
  const long = `x${"😀".repeat(20_000)}`;
  await remember();
  writer.push(long, 1);
  await writer.flush();
  await rollBack();
  writer.push("end", 1);
  await writer.flush();
  expect((await queue.text(claim)).text).toBe(`${long}end`);
  const key = deltasKey(keys.of(claim.conversationId), claim.generationId);
  const entries = await redis.client.xRange(key, "-", "+");
  for (const { message } of entries) {
    expect(message.text?.length).toBeLessThanOrEqual(8_192);
    expect(message.text?.isWellFormed()).toBe(true);
  }
});
