import { expect, test } from "vitest";
import { startApp } from "../app-process.ts";
import { startBalancer } from "./balancer.ts";
import { chaos } from "./random.ts";
import { setUp } from "./set-up.ts";
import { underLoad } from "./under-load.ts";

/** Answers under way at once. */
const ANSWERS = 50;

test("a rolling deploy fails no request and loses no character", { timeout: 180_000 }, async () => {
  const choice = chaos("deploy");
  const { store, env, startWeb } = await setUp({ tokensPerSecond: 12, leaseMs: 5_000 });
  const startWorker = () => startApp({ ...env, ROLE: "worker" });
  const balancer = await startBalancer();
  const webs = await Promise.all([startWeb(), startWeb(), startWeb()]);
  const workers = await Promise.all([startWorker(), startWorker(), startWorker()]);
  for (const web of webs) balancer.add(web);
  await expect.poll(() => balancer.ready.length).toBe(3);
  const exits: (number | null)[] = [];
  await underLoad({ name: "deploy", store, balancer, answers: ANSWERS, choice }, async () => {
    for (const [at, old] of workers.entries()) {
      await startWorker();
      exits.push(await old.end("SIGTERM"));
      const web = await startWeb();
      balancer.add(web);
      await expect.poll(() => balancer.ready).toContain(web);
      const gone = webs[at];
      if (gone === undefined) continue;
      exits.push(await gone.end("SIGTERM"));
      balancer.remove(gone);
    }
  });
  expect(exits).toEqual([0, 0, 0, 0, 0, 0]);
});
