import { expect, test } from "vitest";
import { startApp } from "../app-process.ts";
import { agree } from "./agree.ts";
import { agreeOnLists } from "./agree-lists.ts";
import { startBalancer } from "./balancer.ts";
import { openEventReader } from "./event-reader.ts";
import { keepReading } from "./keep-reading.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { openSidebar } from "./sidebar.ts";
import { tend } from "./tend.ts";
import { openViewer } from "./viewer.ts";

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
  const ids = await createConversations(balancer.url, ANSWERS);
  const viewers = [0, 1, 2].map((at) => openViewer(`viewer ${at}`, () => balancer.url));
  const reader = openEventReader("reader", () => balancer.url);
  const sidebar = openSidebar("sidebar", () => balancer.url);
  for (const [at, id] of ids.entries()) {
    viewers[at % 3]?.watch(id);
    viewers[(at + 1) % 3]?.watch(id);
    if (at % 3 === 0) reader.watch(id);
  }
  let deploying = true;
  const talks = converse(
    ids,
    viewers,
    () => choice.between(60, 100),
    () => deploying,
  );

  const reading = keepReading(
    () => balancer.url,
    ids,
    choice,
    () => deploying,
  );
  const tending = tend(
    () => balancer.url,
    choice,
    () => deploying,
  );
  const exits: (number | null)[] = [];
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
  deploying = false;
  const [turns, tended, requests] = await Promise.all([talks, tending, reading]);
  const screens = [...viewers, reader].map(({ screen }) => screen);
  const all = [...turns, ...tended.turns];
  const compared = await agree({ store, url: balancer.url, screens, turns: all });
  await agreeOnLists(balancer.url, [sidebar], tended);
  const pauses = screens.map(({ longestPauseMs }) => longestPauseMs);
  say("deploy", {
    ...compared,
    streams: reader.streams.opened,
    listEvents: sidebar.counts.events,
    requests: requests.made,
    triedAgain: requests.again,
    failedRequests: requests.failed,
    longestPauseMs: Math.round(Math.max(...pauses)),
  });
  expect(requests.failed).toBe(0);
  expect(viewers.flatMap(({ refused }) => refused)).toEqual([]);
  expect(exits).toEqual([0, 0, 0, 0, 0, 0]);
});
