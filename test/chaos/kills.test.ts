import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { UserId } from "../../src/protocol/ids.ts";
import { startApp } from "../app-process.ts";
import { agree } from "./agree.ts";
import { agreeOnLists } from "./agree-lists.ts";
import { openAudience } from "./audience.ts";
import { rounds } from "./budget.ts";
import { startFleet } from "./fleet.ts";
import { openHubViewer } from "./hub-viewer.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { tend } from "./tend.ts";

const WORKERS = 6;
const CONVERSATIONS = 20;

test.for(
  rounds("worker").map((one) => ({ ...one, dialect: one.round % 2 ? "tgi" : "vllm" }) as const),
)(
  "$kills workers killed at random moments lose no character and write none twice ($round, $dialect)",
  {
    timeout: 600_000,
  },
  async ({ round, kills, dialect }) => {
    const name = `kills ${round} ${dialect}`;
    const choice = chaos(name);
    const setting = await setUp({ dialect, tokensPerSecond: 25, leaseMs: 1_000 });
    const { store, settings, env, startWeb } = setting;
    const [one, two] = await Promise.all([startWeb(), startWeb()]);
    const fleet = await startFleet(settings, WORKERS);
    const ids = await createConversations(one.url, CONVERSATIONS);
    const pod = openHubViewer("pod", store);
    for (const id of ids) await pod.watch(UserId.parse("alice"), id);
    const audience = openAudience([() => one.url, () => two.url], ids);
    let killing = true;
    const go = () => killing;
    const talks = converse(ids, audience.viewers, () => choice.between(5, 50), go);
    const tending = tend(() => choice.pick([one, two]).url, choice, go);
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
    while (fleet.counts.kills < kills) {
      await sleep(choice.between(20, 250));
      await calm();
      await fleet.kill(choice.pick(fleet.workers));
    }
    killing = false;
    await mains;
    const [turns, tended] = await Promise.all([talks, tending]);
    const screens = [...audience.screens, pod.screen];
    const all = [...turns, ...tended.turns];
    const compared = await agree({ store, url: two.url, screens, turns: all });
    await agreeOnLists(one.url, audience.sidebars, tended);
    const { errors, ...counts } = fleet.counts;
    say(name, { ...counts, repairs: pod.repairs(), ...audience.counts(), ...compared });
    expect(errors).toEqual([]);
  },
);
