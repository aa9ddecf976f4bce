import { expect, test } from "vitest";
import { openStore, someone } from "../../test/store.ts";
import type { Claim } from "../domain/ports/turn.ts";
import { GenerationId, MessageId } from "../protocol/ids.ts";

/** Generations under way, each in a conversation of its own. */
async function claims(count: number, partitions = 1) {
  const store = await openStore({ partitions });
  const owner = someone();
  const claimed: Claim[] = [];
  for (let at = 0; at < count; at += 1) {
    const { id } = await store.conversations.create(owner, {});
    await store.turns.submit({
      owner,
      conversationId: id,
      content: "Why?",
      parentId: undefined,
      messageId: MessageId.parse(crypto.randomUUID()),
      generationId: GenerationId.parse(crypto.randomUUID()),
    });
    const claim = await store.queue.claim("w1");
    if (claim === undefined) throw new Error("nothing was queued");
    claimed.push(claim);
  }
  return { store, owner, claimed };
}

test.each([1, 4])(
  "appends of one moment reach each its own stream, in %i partitions",
  async (n) => {
    const { store, claimed } = await claims(70, n);
    const frames: string[] = [];
    const last = claimed.at(-1) ?? expect.fail();
    const leave = await store.live.watch(last.conversationId, {
      frame: (frame) => void frames.push(frame),
      reconnected: () => undefined,
    });
    const results = await Promise.all(
      claimed.map((claim, at) =>
        store.queue.append(claim, { entry: 1, at: 0, text: `text ${at}`, tokens: 1 }),
      ),
    );
    expect(new Set(results.map(({ type }) => type))).toEqual(new Set(["ok"]));
    const texts = await Promise.all(claimed.map((claim) => store.queue.text(claim)));
    expect(texts.map(({ text }) => text)).toEqual(claimed.map((_, at) => `text ${at}`));
    await expect.poll(() => frames.map((frame) => JSON.parse(frame).text)).toEqual(["text 69"]);
    await leave();
  },
);

test("one that is lost, stopped or out of place leaves the others of its moment alone", async () => {
  const { store, owner, claimed } = await claims(4);
  const [fine, gone, stopped, ahead] = claimed as [Claim, Claim, Claim, Claim];
  await store.conversations.remove(owner, gone.conversationId);
  await store.turns.stop(owner, stopped.conversationId, stopped.generationId);
  const append = (claim: Claim, at: number) =>
    store.queue.append(claim, { entry: 1, at, text: "x", tokens: 1 });
  expect(
    await Promise.all([append(gone, 0), append(ahead, 5), append(stopped, 0), append(fine, 0)]),
  ).toEqual([
    { type: "lost" },
    expect.objectContaining({ type: "mismatch", entries: 0, text: 0 }),
    { type: "ok", stop: true },
    { type: "ok", stop: false },
  ]);
});
