import { expect, test } from "vitest";
import type { Fault } from "../model-server.ts";
import { agree } from "./agree.ts";
import { startFleet } from "./fleet.ts";
import { chaos, say } from "./random.ts";
import { converse, createConversations, setUp } from "./set-up.ts";
import { openViewer } from "./viewer.ts";

/** Faults of the model server. */
const FAULTS = 150;

test("an answer that the model server fails is a true beginning, and failed everywhere", {
  timeout: 120_000,
}, async () => {
  const choice = chaos("model faults");
  const { store, model, settings, startWeb } = await setUp({ tokensPerSecond: 60 });
  const web = await startWeb();
  const fleet = await startFleet({ ...settings, silenceMs: 1_000 }, 2);
  const ids = await createConversations(web.url, 16);
  const viewers = [0, 1].map((at) => openViewer(`viewer ${at}`, () => web.url));
  for (const id of ids) for (const viewer of viewers) viewer.watch(id);
  const after = () => choice.below(30);
  const faults: readonly (() => Fault)[] = [
    () => ({ type: "none" }),
    () => ({ type: "reset", after: after() }),
    () => ({ type: "end", after: after() }),
    () => ({ type: "error", after: after() }),
    () => ({ type: "garbage", after: after() }),
    () => ({ type: "hang", after: after() }),
    () => ({ type: "hang", after: after(), commentMs: 100 }),
    () => ({ type: "crumbs", bytes: choice.between(1, 5) }),
    () => ({ type: "status", status: choice.pick([429, 500, 503]) }),
  ];
  model.fault(...Array.from({ length: FAULTS }, () => choice.pick(faults)()));
  const asked = () => model.generations.length < FAULTS;
  const turns = await converse(ids, viewers, () => choice.between(10, 60), asked);
  const screens = viewers.map(({ screen }) => screen);
  const compared = await agree({ store, url: web.url, screens, turns, ends: ["done", "failed"] });
  const { errors, ...counts } = fleet.counts;
  say("model faults", { ...counts, faults: FAULTS, ...compared });
  expect(errors).toEqual([]);
});
