import { expect, test } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { startBalancer } from "./balancer.ts";
import { earlierVersion } from "./earlier-version.ts";
import { chaos } from "./random.ts";
import { setUp } from "./set-up.ts";
import { underLoad } from "./under-load.ts";

/** The version that people come from: what it wrote must be read, and what it reads must be written. */
const EARLIER = "bc310ed002b6";
/** Answers under way at once. */
const ANSWERS = 30;

test("an upgrade and its roll-back on one Redis under load cost nobody anything", {
  timeout: 300_000,
}, async () => {
  const choice = chaos("upgrade");
  const earlier = await earlierVersion(EARLIER);
  const { store, env } = await setUp({ tokensPerSecond: 12, leaseMs: 5_000 });
  const balancer = await startBalancer();
  const exits: (number | null)[] = [];
  const start = (role: string, version: "earlier" | "this") =>
    startApp({ ...env, ROLE: role }, version === "earlier" ? earlier : undefined);
  const webs = await Promise.all([start("web", "earlier"), start("web", "earlier")]);
  const workers = await Promise.all([start("worker", "earlier"), start("worker", "earlier")]);
  for (const web of webs) balancer.add(web);
  await expect.poll(() => balancer.ready.length).toBe(2);

  /** One process after another, each while the others work: every mixture of versions is there for a while. */
  async function roll(version: "earlier" | "this"): Promise<void> {
    for (const at of webs.keys()) {
      const replace = async (all: AppProcess[], role: string) => {
        const [old, next] = [all[at], await start(role, version)];
        all[at] = next;
        return { old, next };
      };
      const worker = await replace(workers, "worker");
      exits.push((await worker.old?.end("SIGTERM")) ?? null);
      const web = await replace(webs, "web");
      balancer.add(web.next);
      await expect.poll(() => balancer.ready).toContain(web.next);
      exits.push((await web.old?.end("SIGTERM")) ?? null);
      if (web.old) balancer.remove(web.old);
    }
  }

  await underLoad({ name: "upgrade", store, balancer, answers: ANSWERS, choice }, async () => {
    await roll("this");
    await roll("earlier");
    await roll("this");
  });
  expect(new Set(exits)).toEqual(new Set([0]));
});
