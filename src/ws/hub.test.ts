import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { openStore, type Store, someone } from "../../test/store.ts";
import { applyDelta, type GenerationText, UNSEEN } from "../protocol/apply-delta.ts";
import type { ConversationId, UserId } from "../protocol/ids.ts";
import { EventId, GenerationId, MessageId } from "../protocol/ids.ts";
import type { Outcome } from "../protocol/outcome.ts";
import { createHub } from "./hub.ts";
import { deltasBetween, mergeDeltas, positionOf } from "./merge-deltas.ts";

const done: Outcome = {
  status: "done",
  engine: "e",
  model: "m",
  finishReason: "stop",
  usage: {},
  timing: {},
  continued: 0,
};

async function setUp() {
  const store = await openStore();
  const owner = someone();
  const { id } = await store.conversations.create(owner, { title: "t" });
  return { store, owner, id, hub: hubOf(store) };
}

function hubOf(store: Store) {
  const hub = createHub({
    conversations: store.conversations,
    history: store.messages,
    events: store.events,
    running: store.running,
    live: store.live,
    onError: (error) => {
      throw error;
    },
  });
  onTestFinished(() => hub.close());
  return hub;
}

async function ask(store: Store, owner: UserId, conversationId: ConversationId) {
  await store.turns.submit({
    owner,
    conversationId,
    content: "q",
    messageId: MessageId.parse(crypto.randomUUID()),
    generationId: GenerationId.parse(crypto.randomUUID()),
  });
  const claim = await store.queue.claim("w");
  if (claim === undefined) throw new Error("nothing queued");
  await store.queue.start(claim, "m", "e");
  return claim;
}

/** A viewer that applies what it is sent, as a page does. */
function createViewer() {
  const texts = new Map<string, GenerationText>();
  const events: string[] = [];
  const frames: { type: string; mode?: string; cursor?: string }[] = [];
  const viewer = {
    slow: false,
    texts,
    events,
    frames,
    resets: 0,
    send(raw: string) {
      const frame = JSON.parse(raw);
      frames.push(frame);
      if (frame.type === "subscribed") {
        for (const { generationId, fence, text, reasoning = "" } of frame.generations) {
          texts.set(generationId, { fence, text, reasoning });
        }
      } else if (frame.type === "event") {
        events.push(frame.event.type);
        const { generationId, length } = frame.event;
        if (frame.event.type === "generation.finished") {
          expect(texts.get(generationId)?.text.length ?? 0).toBe(length);
        }
      } else if (frame.type === "delta") {
        const next = applyDelta(texts.get(frame.generationId) ?? UNSEEN, frame);
        expect(next).not.toBe("gap");
        if (next !== "gap") texts.set(frame.generationId, next);
      }
    },
    sendDelta(raw: string) {
      if (viewer.slow) return false;
      viewer.send(raw);
      return true;
    },
    reset() {
      viewer.resets += 1;
    },
  };
  return viewer;
}

test("shows every viewer the same text, whenever it joins", async () => {
  const { store, owner, id, hub } = await setUp();
  const [early, late] = [createViewer(), createViewer()];
  await hub.subscribe(owner, id, undefined, early);
  const claim = await ask(store, owner, id);
  await store.queue.append(claim, { entry: 1, at: 0, text: "Hello ", tokens: 1 });
  await hub.subscribe(owner, id, undefined, late);
  await store.queue.append(claim, { entry: 2, at: 6, text: "world", tokens: 1 });
  await store.queue.finish(claim, { text: "Hello world", reasoning: "" }, done);
  for (const viewer of [early, late]) {
    await expect.poll(() => viewer.events.at(-1)).toBe("generation.finished");
    expect(viewer.texts.get(claim.generationId)?.text).toBe("Hello world");
  }
});

test("replays after a cursor that stands, with the whole text of what ended since", async () => {
  const { store, owner, id, hub } = await setUp();
  const first = createViewer();
  await hub.subscribe(owner, id, undefined, first);
  const after = EventId.parse(first.frames[0]?.cursor);
  const claim = await ask(store, owner, id);
  await store.queue.append(claim, { entry: 1, at: 0, text: "whole", tokens: 1 });
  await store.queue.finish(claim, { text: "whole", reasoning: "" }, done);
  const second = createViewer();
  await hub.subscribe(owner, id, after, second);
  expect(second.frames[0]).toMatchObject({
    mode: "replay",
    cursor: after,
    generations: [{ generationId: claim.generationId, text: "whole", status: "finished" }],
  });
  expect(second.events).toEqual([
    "message.created",
    "generation.queued",
    "generation.started",
    "generation.finished",
  ]);
});

test("answers a cursor of a rolled-back log with a snapshot", async () => {
  const { store, owner, id, hub } = await setUp();
  await ask(store, owner, id);
  const viewer = createViewer();
  await hub.subscribe(owner, id, EventId.parse("2-12345"), viewer);
  expect(viewer.frames[0]).toMatchObject({ mode: "snapshot" });
});

test("refuses another user's conversation", async () => {
  const { id, hub } = await setUp();
  await expect(hub.subscribe(someone(), id, undefined, createViewer())).rejects.toMatchObject({
    code: "not_found",
  });
});

test("merges for a slow viewer what it missed into one delta", async () => {
  const { store, owner, id, hub } = await setUp();
  const [fast, slow] = [createViewer(), createViewer()];
  await hub.subscribe(owner, id, undefined, fast);
  const subscription = await hub.subscribe(owner, id, undefined, slow);
  const claim = await ask(store, owner, id);
  await store.queue.append(claim, { entry: 1, at: 0, text: "0", tokens: 1 });
  await expect.poll(() => slow.texts.get(claim.generationId)?.text).toBe("0");
  slow.slow = true;
  for (let i = 1; i < 10; i += 1) {
    await store.queue.append(claim, { entry: i + 1, at: i, text: `${i}`, tokens: 1 });
  }
  await expect.poll(() => fast.texts.get(claim.generationId)?.text).toBe("0123456789");
  const before = slow.frames.length;
  slow.slow = false;
  subscription.resume();
  expect(slow.texts.get(claim.generationId)?.text).toBe("0123456789");
  expect(slow.frames).toHaveLength(before + 1);
});

test("repairs what pub/sub lost from the log", async () => {
  const { store, owner, id } = await setUp();
  const lossy = { ...store, live: losing(store, (count) => count % 3 === 0) };
  const hub = hubOf(lossy);
  const viewer = createViewer();
  await hub.subscribe(owner, id, undefined, viewer);
  const claim = await ask(store, owner, id);
  let text = "";
  for (let i = 0; i < 50; i += 1) {
    await store.queue.append(claim, { entry: i + 1, at: text.length, text: `${i} `, tokens: 1 });
    text += `${i} `;
  }
  await store.queue.finish(claim, { text, reasoning: "" }, done);
  const next = await ask(store, owner, id);
  await store.queue.finish(next, { text: "", reasoning: "" }, done);
  await expect
    .poll(() => viewer.events.filter((type) => type === "generation.finished").length)
    .toBeGreaterThanOrEqual(1);
  expect(viewer.texts.get(claim.generationId)?.text).toBe(text);
});

test("shows what another worker wrote, where the frames that said so were lost", async () => {
  const { store, owner, id } = await setUp();
  let open = true;
  const hub = hubOf({ ...store, live: losing(store, () => !open) });
  const viewer = createViewer();
  await hub.subscribe(owner, id, undefined, viewer);
  const claim = await ask(store, owner, id);
  await store.queue.append(claim, { entry: 1, at: 0, text: "abcdef", tokens: 1 });
  await expect.poll(() => viewer.texts.get(claim.generationId)?.text).toBe("abcdef");
  open = false;
  const next = await store.queue.refence(claim);
  if (next === undefined) throw new Error("lost");
  await store.queue.append(next, { entry: 2, at: 3, text: "X", tokens: 1 });
  open = true;
  await store.queue.append(next, { entry: 3, at: 4, text: "Y", tokens: 1 });
  await expect.poll(() => viewer.texts.get(claim.generationId)?.text).toBe("abcXY");
});

test("resets its viewers when the log was rolled back", async () => {
  const { store, owner, id, hub } = await setUp();
  const viewer = createViewer();
  await hub.subscribe(owner, id, undefined, viewer);
  await ask(store, owner, id);
  await expect.poll(() => viewer.events.length).toBe(3);
  await store.redis.client.del(store.keys.of(id).events);
  await store.conversations.update(owner, id, { title: "after the roll-back" });
  await expect.poll(() => viewer.resets).toBe(1);
});

test("catches up after its connection was cut", async () => {
  const { store, owner, id, hub } = await setUp();
  const viewer = createViewer();
  await hub.subscribe(owner, id, undefined, viewer);
  const claim = await ask(store, owner, id);
  await expect.poll(() => viewer.events.length).toBe(3);
  await store.redis.client.sendCommand(["CLIENT", "KILL", "TYPE", "pubsub"]);
  await store.queue.append(claim, { entry: 1, at: 0, text: "missed", tokens: 1 });
  await expect.poll(() => viewer.texts.get(claim.generationId)?.text).toBe("missed");
});

test("the deltas between two texts bring a viewer from the one to the other", () => {
  const state = fc.record({
    fence: fc.integer({ min: 1, max: 3 }),
    text: fc.string({ unit: "binary" }),
    reasoning: fc.string({ unit: "binary", maxLength: 2 }),
  });
  fc.assert(
    fc.property(state, state, (mine, current) => {
      let got: GenerationText = mine;
      for (const delta of deltasBetween(mine, current) ?? []) {
        expect(delta.text.isWellFormed()).toBe(true);
        const next = applyDelta(got, delta);
        if (next === "gap") throw new Error("gap");
        got = next;
      }
      if (current.fence > mine.fence) expect(got).toEqual(current);
      else if (deltasBetween(mine, current)?.length === 0) expect(got).toBe(mine);
    }),
  );
});

test("merged deltas bring any viewer to the text, from wherever it is", () => {
  const state = fc.record({
    fence: fc.integer({ min: 1, max: 3 }),
    text: fc.string({ unit: "binary" }),
    reasoning: fc.string({ unit: "binary" }),
  });
  fc.assert(
    fc.property(state, state, fc.nat(), fc.nat(), (old, current, a, b) => {
      const viewer =
        old.fence >= current.fence
          ? {
              fence: current.fence,
              text: current.text.slice(0, a % (current.text.length + 1)),
              reasoning: current.reasoning.slice(0, b % (current.reasoning.length + 1)),
            }
          : old;
      let got: GenerationText = viewer;
      for (const delta of mergeDeltas(positionOf(viewer), current)) {
        const next = applyDelta(got, delta);
        if (next === "gap") throw new Error("gap");
        got = next;
      }
      expect(got).toEqual(current);
    }),
  );
});

/** The same channel, but some frames never arrive. */
function losing(store: Store, lost: (count: number) => boolean): Store["live"] {
  let count = 0;
  return {
    ...store.live,
    watch: (id, listener) =>
      store.live.watch(id, {
        ...listener,
        frame(frame) {
          count += 1;
          if (!lost(count)) listener.frame(frame);
        },
        reconnected: () => listener.reconnected(),
      }),
  };
}
