import { expect, onTestFinished, test } from "vitest";
import { openStore, someone } from "../../test/store.ts";
import { ask, claimed } from "../../test/turns.ts";
import { createHub } from "./hub.ts";

async function setUp() {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, { title: "t" });
  const seen: string[] = [];
  let lossy = false;
  const hub = createHub({
    ...store,
    history: store.messages,
    live: {
      ...store.live,
      watch: (conversation, listener) =>
        store.live.watch(conversation, {
          reconnected: () => listener.reconnected(),
          frame(frame) {
            if (!lossy) listener.frame(frame);
          },
        }),
    },
    onError(error) {
      throw error;
    },
    observer: {
      subscribed: (mode) => seen.push(mode),
      gap: (cause) => seen.push(cause),
      rolledBack: () => seen.push("rolled back"),
      merged: () => seen.push("merged"),
    },
  });
  onTestFinished(() => hub.close());
  const viewer = { send: () => undefined, sendDelta: () => true, reset: () => undefined };
  const lose = async (write: () => Promise<unknown>) => {
    lossy = true;
    await write();
    // What was published before this one was lost by the time that this one arrives.
    const heard = Promise.withResolvers<void>();
    const unwatch = await store.live.watch(id, {
      frame: () => heard.resolve(),
      reconnected: () => undefined,
    });
    await store.redis.client.sPublish(store.keys.of(id).live, "{}");
    await heard.promise;
    await unwatch();
    lossy = false;
  };
  return { store, owner, id, hub, seen, viewer, lose };
}

test("what was lost of a text and of a log is told with its cause", async () => {
  const { store, owner, id, hub, seen, viewer, lose } = await setUp();
  await hub.subscribe(owner, id, undefined, viewer);
  await ask(store, owner, id);
  const claim = await claimed(store);
  await store.queue.start(claim, "m", "e");
  await store.queue.append(claim, { entry: 1, at: 0, text: "a", tokens: 1 });
  await lose(() => store.queue.append(claim, { entry: 2, at: 1, text: "b", tokens: 1 }));
  await store.queue.append(claim, { entry: 3, at: 2, text: "c", tokens: 1 });
  await expect.poll(() => seen).toEqual(["snapshot", "delta"]);
  await lose(() => store.conversations.update(owner, id, { title: "unheard" }));
  await store.conversations.update(owner, id, { title: "heard" });
  await expect.poll(() => seen).toEqual(["snapshot", "delta", "event"]);
});

test("a roll-back is told, and so is who comes back after it", async () => {
  const { store, owner, id, hub, seen, viewer } = await setUp();
  await ask(store, owner, id);
  const cursor = await store.events.last(id);
  await hub.subscribe(owner, id, cursor, viewer);
  await store.redis.client.del(store.keys.of(id).events);
  await store.conversations.update(owner, id, { title: "after the roll-back" });
  await expect.poll(() => seen).toContain("rolled back");
  await hub.subscribe(owner, id, cursor, viewer);
  expect([seen.at(0), seen.at(-1)]).toEqual(["replay", "snapshot"]);
});

test("subscriptions are counted while they last", async () => {
  const { owner, id, hub, viewer } = await setUp();
  expect(hub.counts()).toEqual({ watched: 0, subscriptions: 0 });
  const [one, two] = [
    await hub.subscribe(owner, id, undefined, viewer),
    await hub.subscribe(owner, id, undefined, viewer),
  ];
  expect(hub.counts()).toEqual({ watched: 1, subscriptions: 2 });
  one.leave();
  expect(hub.counts()).toEqual({ watched: 1, subscriptions: 1 });
  two.leave();
  expect(hub.counts()).toEqual({ watched: 0, subscriptions: 0 });
});
