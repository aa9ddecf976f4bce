import { expect, test } from "vitest";
import { Conversation } from "../../../src/protocol/conversation.ts";
import { createClient } from "../api/client.ts";
import { createSignInGate } from "../api/sign-in-gate.ts";
import { createListStore } from "./list-store.ts";

const made = (number: number, pinned = false) =>
  Conversation.parse({
    id: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
    title: `title ${number}`,
    createdAt: new Date(number * 1_000).toISOString(),
    updatedAt: new Date(number * 1_000).toISOString(),
    pinned,
    generating: false,
  });

/** A server with conversations 1 to `count`, of which 1 is pinned; what it was asked is noted. */
function setUp(count: number) {
  let all = Array.from({ length: count }, (_, at) => made(count - at, at === count - 1));
  const asked: string[] = [];
  const client = {
    ...createClient(createSignInGate()),
    async conversations(limit: number, before?: string) {
      asked.push(`${limit} before ${before ?? "now"}`);
      const from = before === undefined ? 0 : all.findIndex(({ title }) => title === before) + 1;
      const items = all.slice(from, from + limit);
      return { items, next: from + limit < all.length ? items.at(-1)?.title : undefined };
    },
    async pinned() {
      asked.push("pinned");
      return all.filter(({ pinned }) => pinned);
    },
  };
  const store = createListStore(client, () => undefined);
  const titles = () => [...store.list.get().items.values()].map(({ title }) => title);
  const remove = (title: string) => {
    all = all.filter((one) => one.title !== title);
  };
  return { store, asked, titles, remove };
}

test("who has few conversations is asked for once, and not for the pinned ones apart", async () => {
  const { store, asked, titles } = setUp(50);
  await store.reload();
  expect(asked).toEqual(["50 before now"]);
  expect(titles()).toHaveLength(50);
});

test("a pinned conversation beyond the first page is known from the start", async () => {
  const { store, asked, titles } = setUp(60);
  await store.reload();
  expect(asked).toEqual(["50 before now", "pinned"]);
  expect(titles()).toContain("title 1");
  expect(titles()).toHaveLength(51);
});

test("fetched again, the list keeps its length and forgets what is gone, wherever it stood", async () => {
  const { store, titles, remove } = setUp(600);
  await store.reload();
  await store.loadMore();
  await store.loadMore();
  expect(titles()).toHaveLength(451);
  remove("title 590");
  remove("title 170");
  const lengths: number[] = [];
  store.list.subscribe(() => lengths.push(store.list.get().items.size));
  await store.reload();
  expect(titles()).not.toContain("title 590");
  expect(titles()).not.toContain("title 170");
  expect(Math.min(...lengths)).toBeGreaterThan(440);
  await store.loadMore();
  expect(titles()).toHaveLength(598);
  expect(store.list.get().next).toBeUndefined();
});
