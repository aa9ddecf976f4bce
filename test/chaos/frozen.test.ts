import { expect, test } from "vitest";
import { agree } from "./agree.ts";
import { startFleet } from "./fleet.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { openViewer } from "./viewer.ts";

/** How often a worker is frozen past its lease. */
const FREEZES = 8;

test("a worker that wakes after its lease writes nothing", { timeout: 120_000 }, async () => {
  const choice = chaos("frozen");
  const { store, settings, startWeb } = await setUp({ tokensPerSecond: 20, leaseMs: 500 });
  const web = await startWeb();
  const fleet = await startFleet(settings, 3);
  const ids = await createConversations(web.url, 12);
  const viewers = [0, 1].map((at) => openViewer(`viewer ${at}`, () => web.url));
  for (const id of ids) for (const viewer of viewers) viewer.watch(id);
  let freezing = true;
  const talks = converse(
    ids,
    viewers,
    () => choice.between(30, 80),
    () => freezing,
  );
  /** What a process holds now, by the store. */
  async function heldBy(pid: number): Promise<string[]> {
    const { leases, generation } = store.keys.partition(0);
    const held: string[] = [];
    for (const id of await store.redis.client.zRange(leases, 0, -1)) {
      const owner = await store.redis.client.hGet(`${generation}${id}`, "owner");
      if (owner === String(pid)) held.push(id);
    }
    return held;
  }

  for (let freezes = 0; freezes < FREEZES; ) {
    const frozen = choice.pick(fleet.workers);
    const takenOver = new Set<string>();
    fleet.onClaim((id, by) => by !== frozen && takenOver.add(id));
    frozen.signal("SIGSTOP");
    const held = await heldBy(frozen.pid);
    if (held.length > 0) {
      freezes += 1;
      await expect.poll(() => held.filter((id) => !takenOver.has(id))).toEqual([]);
    }
    frozen.signal("SIGCONT");
    await expect.poll(async () => (await heldBy(frozen.pid)).length).toBeGreaterThan(0);
  }
  freezing = false;
  const turns = await talks;
  const screens = viewers.map(({ screen }) => screen);
  const compared = await agree({ store, url: web.url, screens, turns });
  const { errors, ...counts } = fleet.counts;
  say("frozen", { ...counts, freezes: FREEZES, ...compared });
  expect(errors).toEqual([]);
  expect(fleet.counts.fenced).toBeGreaterThan(0);
});
