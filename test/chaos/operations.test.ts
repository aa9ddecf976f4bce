import fc from "fast-check";
import { expect, test } from "vitest";
import type { Claim } from "../../src/domain/ports/turn.ts";
import { isEndEvent } from "../../src/protocol/events.ts";
import { type ConversationId, GenerationId, LOG_START, MessageId } from "../../src/protocol/ids.ts";
import type { Outcome } from "../../src/protocol/outcome.ts";
import { openStore, type Store, someone } from "../store.ts";

const done: Outcome = {
  ...{ status: "done", engine: "e", model: "m", finishReason: "stop" },
  ...{ usage: {}, timing: {}, continued: 0 },
};

/** A generation as it must be. */
interface Expected {
  status: "queued" | "running" | "expired" | "done" | "stopped";
  text: string;
  entries: number;
  fence: number;
  stop: boolean;
}

/** A worker, and what it believes to hold. */
interface Holder {
  claim: Claim;
  text: string;
  entries: number;
}

const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant("submit" as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("claim" as const), worker: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("append" as const),
      worker: fc.nat(2),
      text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }),
      /** The reply was lost: it is sent once more. */
      twice: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("finish" as const),
      worker: fc.nat(2),
      twice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("stop" as const), which: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("expire" as const), which: fc.nat(5) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer One> ? One : never;

async function play(store: Store, operations: readonly Operation[]): Promise<void> {
  await store.redis.client.flushDb();
  const owner = someone();
  const { id } = await store.conversations.create(owner, { title: "named" });
  const expected = new Map<GenerationId, Expected>();
  const workers = new Map<number, Holder>();
  const { leases } = store.keys.of(id);

  const holds = ({ claim }: Holder) => expected.get(claim.generationId)?.fence === claim.fence;
  const open = ({ status }: Expected) => status === "running" || status === "expired";

  async function submit(): Promise<void> {
    if ([...expected.values()].filter((one) => open(one) || one.status === "queued").length > 10) {
      return;
    }
    const { generationId } = await store.turns.submit({
      ...{ owner, conversationId: id, content: "?", parentId: null },
      messageId: MessageId.parse(crypto.randomUUID()),
      generationId: GenerationId.parse(crypto.randomUUID()),
    });
    const fresh = { status: "queued", text: "", entries: 0, fence: 0, stop: false } as const;
    expected.set(generationId, { ...fresh });
  }

  async function claim(worker: number): Promise<void> {
    const claimed = await store.queue.claim(`w${worker}`);
    const free = (status: string) => [...expected].filter(([, one]) => one.status === status);
    const [expired, queued] = [free("expired"), free("queued")];
    const first = expired.length > 0 ? expired : queued.slice(0, 1);
    if (claimed === undefined) {
      expect(first).toEqual([]);
      return;
    }
    expect(first.map(([one]) => one)).toContain(claimed.generationId);
    const mine = expected.get(claimed.generationId);
    if (mine === undefined) return;
    expect(claimed.fence).toBeGreaterThan(mine.fence);
    expect(claimed).toMatchObject({ entries: mine.entries, stop: mine.stop });
    Object.assign(mine, { status: "running", fence: claimed.fence });
    const { text, entries } = await store.queue.text(claimed);
    expect({ text, entries }).toEqual({ text: mine.text, entries: mine.entries });
    workers.set(worker, { claim: claimed, text, entries });
  }

  async function append(holder: Holder, text: string): Promise<void> {
    const mine = expected.get(holder.claim.generationId);
    const may = mine !== undefined && holds(holder) && open(mine);
    const entry = { entry: holder.entries + 1, at: holder.text.length, text, tokens: 1 };
    const result = await store.queue.append(holder.claim, entry);
    expect(result.type).toBe(may ? "ok" : "lost");
    if (may && result.type === "ok") expect(result.stop).toBe(mine.stop);
    if (!may || mine.entries > holder.entries) return;
    mine.text += text;
    mine.entries += 1;
  }

  async function finish(holder: Holder): Promise<void> {
    const mine = expected.get(holder.claim.generationId);
    const may = mine !== undefined && holds(holder);
    const written = { text: holder.text, reasoning: "" };
    expect(await store.queue.finish(holder.claim, written, done)).toBe(may);
    if (may && open(mine)) Object.assign(mine, { status: "done", entries: mine.entries + 1 });
  }

  async function stop(which: number): Promise<void> {
    const [generationId, mine] = [...expected][which] ?? [];
    if (generationId === undefined || mine === undefined) return;
    await store.turns.stop(owner, id, generationId);
    if (mine.status === "queued") Object.assign(mine, { status: "stopped", entries: 1, fence: -1 });
    else if (open(mine)) mine.stop = true;
  }

  for (const one of operations) {
    const holder = "worker" in one ? workers.get(one.worker) : undefined;
    if (one.type === "submit") await submit();
    if (one.type === "claim") await claim(one.worker);
    if (one.type === "stop") await stop(one.which);
    if (one.type === "append" && holder !== undefined) {
      await append(holder, one.text);
      if (one.twice) await append(holder, one.text);
      holder.text += one.text;
      holder.entries += 1;
    }
    if (one.type === "finish" && holder !== undefined) {
      await finish(holder);
      if (one.twice) await finish(holder);
      workers.delete(one.worker);
    }
    if (one.type === "expire") {
      const [generationId, mine] = [...expected][one.which] ?? [];
      if (generationId === undefined || mine?.status !== "running") continue;
      await store.redis.client.zAdd(leases, { score: 0, value: generationId }, { XX: true });
      mine.status = "expired";
    }
  }
  await compare(store, id, expected);
}

async function compare(
  store: Store,
  id: ConversationId,
  expected: ReadonlyMap<GenerationId, Expected>,
): Promise<void> {
  const events = (await store.events.read(id, LOG_START, 1_000)) ?? [];
  const ended = events.flatMap(({ event }) => (isEndEvent(event) ? [event] : []));
  const stored = (await store.messages.all(id)).filter(({ role }) => role === "assistant");
  const over = [...expected].filter(([, { status }]) => status === "done" || status === "stopped");
  const sorted = (rows: readonly (readonly [string, string, string | number])[]) =>
    rows.map((row) => row.join(" ")).sort();
  expect(sorted(stored.map((one) => [one.id, one.status, one.content]))).toEqual(
    sorted(over.map(([one, { status, text }]) => [one, status, text])),
  );
  expect(sorted(ended.map((one) => [one.generationId, one.type, one.length]))).toEqual(
    sorted(
      over.map(([one, { status, text }]) => {
        const type = status === "done" ? "generation.finished" : "generation.stopped";
        return [one, type, text.length];
      }),
    ),
  );
  for (const [generationId, { text }] of expected) {
    expect((await store.running.text(id, generationId)).text).toBe(text);
  }
  const { running, held } = store.keys.of(id);
  expect(await store.redis.client.hLen(running)).toBe(expected.size - over.length);
  const leased = [...expected.values()].filter(
    ({ status }) => status === "running" || status === "expired",
  ).length;
  const counts = Object.values(await store.redis.client.hGetAll(held)).map(Number);
  expect(counts).toEqual(leased === 0 ? [] : [leased]);
}

test("whatever order a store is asked in, each answer is written by one worker at a time", {
  timeout: 60_000,
}, async () => {
  const store = await openStore({ leaseMs: 600_000 });
  const seed = process.env.CHAOS_SEED === undefined ? {} : { seed: Number(process.env.CHAOS_SEED) };
  const runs = fc.asyncProperty(fc.array(operation, { maxLength: 80, size: "max" }), (operations) =>
    play(store, operations),
  );
  await fc.assert(runs, { numRuns: 150, ...seed });
});
