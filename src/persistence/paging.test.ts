import { expect, test } from "vitest";
import { openStore, type Store, someone } from "../../test/store.ts";
import { MessageId } from "../protocol/ids.ts";
import { encodeMessage } from "./message-codec.ts";

/** Bytes that Redis sent while `act` ran. */
async function bytesOf(store: Store, act: () => Promise<unknown>): Promise<number> {
  const sent = async () => {
    const info = await store.redis.client.info("stats");
    return Number(/total_net_output_bytes:(\d+)/.exec(info)?.[1]);
  };
  const before = await sent();
  await act();
  return (await sent()) - before;
}

test("opening a conversation of 10,000 messages reads one page of it", async () => {
  const store = await openStore();
  const owner = someone();
  const read: number[] = [];
  for (const count of [100, 10_000]) {
    const { id } = await store.conversations.create(owner, {});
    const { messages, sent } = store.keys.of(id);
    for (let first = 0; first < count; first += 1_000) {
      const batch = Array.from({ length: Math.min(1_000, count) }, (_, index) => ({
        position: first + index,
        id: MessageId.parse(crypto.randomUUID()),
      }));
      const stored = batch.map((one) =>
        encodeMessage({
          id: one.id,
          parentId: null,
          role: "user",
          content: `message ${String(one.position).padStart(6, "0")}`,
          createdAt: "2026-01-01T00:00:00.000Z",
          status: "done",
          metadata: {},
        }),
      );
      await store.redis.client.lPush(messages, stored);
      await store.redis.client.hSet(
        sent,
        batch.flatMap((one) => [`m:${one.id}`, JSON.stringify({ position: one.position })]),
      );
    }
    let cursor = "";
    read.push(
      await bytesOf(store, async () => {
        const page = await store.messages.page(id, { limit: 50 });
        expect(page.items).toHaveLength(50);
        cursor = page.next ?? "";
      }),
      await bytesOf(store, () => store.messages.page(id, { limit: 50, before: cursor })),
    );
  }
  const [few = 0, fewMore = 0, many = 0, manyMore = 0] = read;
  expect(many).toBeLessThan(few * 1.2);
  expect(manyMore).toBeLessThan(fewMore * 1.2);
});

test("the list of 1,000 conversations reads one page of them", async () => {
  const store = await openStore();
  const [few, many] = [someone(), someone()];
  for (let i = 0; i < 60; i += 1) await store.conversations.create(few, { title: "title" });
  for (let i = 0; i < 1_000; i += 1) await store.conversations.create(many, { title: "title" });
  const page = (owner: typeof few) =>
    bytesOf(store, () => store.conversations.list(owner, { limit: 50 }));
  expect(await page(many)).toBeLessThan((await page(few)) * 1.2);
});
