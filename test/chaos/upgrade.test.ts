import { expect, test } from "vitest";
import { type AppProcess, startApp } from "../app-process.ts";
import { agree } from "./agree.ts";
import { agreeOnLists } from "./agree-lists.ts";
import { startBalancer } from "./balancer.ts";
import { earlierVersion } from "./earlier-version.ts";
import { openEventReader } from "./event-reader.ts";
import { keepReading } from "./keep-reading.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { openSidebar } from "./sidebar.ts";
import { tend } from "./tend.ts";
import { openViewer } from "./viewer.ts";

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

  const ids = await createConversations(balancer.url, ANSWERS);
  const viewers = [0, 1, 2].map((at) => openViewer(`viewer ${at}`, () => balancer.url));
  const reader = openEventReader("reader", () => balancer.url);
  const sidebar = openSidebar("sidebar", () => balancer.url);
  for (const [at, id] of ids.entries()) {
    viewers[at % 3]?.watch(id);
    viewers[(at + 1) % 3]?.watch(id);
    if (at % 3 === 0) reader.watch(id);
  }
  let rolling = true;
  const go = () => rolling;
  const url = () => balancer.url;
  const talks = converse(ids, viewers, () => choice.between(60, 100), go);
  const tending = tend(url, choice, go);
  const reading = keepReading(url, ids, choice, go);
  await roll("this");
  await roll("earlier");
  await roll("this");
  rolling = false;
  const [turns, tended, requests] = await Promise.all([talks, tending, reading]);
  const screens = [...viewers, reader].map(({ screen }) => screen);
  const all = [...turns, ...tended.turns];
  const compared = await agree({ store, url: balancer.url, screens, turns: all });
  await agreeOnLists(balancer.url, [sidebar], tended);
  const pauses = screens.map(({ longestPauseMs }) => longestPauseMs);
  say("upgrade", {
    ...compared,
    requests: requests.made,
    triedAgain: requests.again,
    failedRequests: requests.failed,
    longestPauseMs: Math.round(Math.max(...pauses)),
  });
  expect(requests.failed).toBe(0);
  expect(viewers.flatMap(({ refused }) => refused)).toEqual([]);
  expect(new Set(exits)).toEqual(new Set([0]));
});
