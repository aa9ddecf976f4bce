import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startApp } from "../app-process.ts";
import { agree } from "./agree.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { openViewer } from "./viewer.ts";

/** How many web processes are killed. */
const KILLS = 6;

test("a web process killed under open sockets costs its clients nothing but a moment", {
  timeout: 120_000,
}, async () => {
  const choice = chaos("web");
  const { store, env, startWeb } = await setUp({ tokensPerSecond: 25 });
  const webs = await Promise.all([startWeb(), startWeb(), startWeb()]);
  await startApp({ ...env, ROLE: "worker" });
  const [first] = webs;
  const ids = await createConversations(first?.url ?? "", 12);
  const anywhere = () => choice.pick(webs).url;
  const viewers = [0, 1, 2, 3].map((at) => openViewer(`viewer ${at}`, anywhere));
  for (const id of ids) for (const viewer of viewers) viewer.watch(id);
  let killing = true;
  const [asking = viewers, slow] = [viewers.slice(0, 3), viewers[3]];
  const talks = converse(
    ids,
    asking,
    () => choice.between(40, 90),
    () => killing,
  );
  const late: typeof viewers = [];
  for (let kills = 0; kills < KILLS; kills += 1) {
    const resume = slow?.pause();
    await sleep(choice.between(200, 900));
    const dead = choice.pick(webs);
    webs.splice(webs.indexOf(dead), 1);
    const [started] = await Promise.all([startWeb(), dead.end("SIGKILL")]);
    webs.push(started);
    resume?.();
    choice.pick(asking).drop();
    // Joins in the middle of whatever is being said.
    const joiner = openViewer(`late ${kills}`, anywhere);
    for (const id of ids) joiner.watch(id);
    late.push(joiner);
  }
  killing = false;
  const turns = await talks;
  const screens = [...viewers, ...late].map(({ screen }) => screen);
  const compared = await agree({ store, url: anywhere(), screens, turns });
  expect([...viewers, ...late].flatMap(({ refused }) => refused)).toEqual([]);
  say("web", {
    kills: KILLS,
    sockets: viewers.reduce((sum, { sockets }) => sum + sockets.opened, 0),
    replays: screens.reduce((sum, { counts }) => sum + counts.replays, 0),
    snapshots: screens.reduce((sum, { counts }) => sum + counts.snapshots, 0),
    ...compared,
  });
});
