import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startApp } from "../app-process.ts";
import { agree } from "./agree.ts";
import { startFleet } from "./fleet.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { openViewer } from "./viewer.ts";

const KILLS = Number(process.env.CHAOS ?? 120);

test("workers killed at random moments lose no character and write none twice", {
  timeout: 120_000 + KILLS * 1_000,
}, async () => {
  const choice = chaos("kills");
  const { store, settings, env, startWeb } = await setUp({ tokensPerSecond: 20, leaseMs: 1_000 });
  const [one, two] = await Promise.all([startWeb(), startWeb()]);
  const fleet = await startFleet(settings, 4);
  const ids = await createConversations(one.url, 16);
  const viewers = [one, two].map(({ url }, at) => openViewer(`viewer ${at}`, () => url));
  for (const id of ids) for (const viewer of viewers) viewer.watch(id);
  let killing = true;

  const talks = converse(
    ids,
    viewers,
    () => choice.between(5, 60),
    () => killing,
  );
  /** More than five claims in a row without a new entry end an answer as poison, and rightly. */
  async function mostAttempts(): Promise<number> {
    const { leases, generation } = store.keys.partition(0);
    const ids = await store.redis.client.zRange(leases, 0, -1);
    const keys = ids.map((id) => `${generation}${id}`);
    const attempts = keys.map((key) => store.redis.client.hGet(key, "attempts"));
    return Math.max(0, ...(await Promise.all(attempts)).map(Number));
  }
  const calm = () => expect.poll(mostAttempts, { timeout: 60_000 }).toBeLessThan(3);
  /** The product itself, from its own main file. */
  async function killMain(): Promise<void> {
    while (killing) {
      const app = await startApp({ ...env, ROLE: "worker" });
      await sleep(choice.between(1_000, 6_000));
      await calm();
      await app.end("SIGKILL");
      fleet.counts.kills += 1;
    }
  }
  const mains = killMain();
  while (fleet.counts.kills < KILLS) {
    await sleep(choice.between(50, 500));
    await calm();
    await fleet.kill(choice.pick(fleet.workers));
  }
  killing = false;
  await mains;
  const turns = await talks;
  const screens = viewers.map(({ screen }) => screen);
  const compared = await agree({ store, url: two.url, screens, turns });
  const { errors, ...counts } = fleet.counts;
  say("kills", { ...counts, ...compared });
  expect(errors).toEqual([]);
});
