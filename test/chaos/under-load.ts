import { expect } from "vitest";
import { agree } from "./agree.ts";
import { agreeOnLists } from "./agree-lists.ts";
import type { Balancer } from "./balancer.ts";
import { openEventReader } from "./event-reader.ts";
import { keepReading } from "./keep-reading.ts";
import { type Random, say } from "./random.ts";
import { converse, createConversations, type setUp } from "./set-up.ts";
import { openSidebar } from "./sidebar.ts";
import { tend } from "./tend.ts";
import { openViewer } from "./viewer.ts";

/**
 * Has `answers` conversations go on at once, watched by sockets, a stream and a sidebar, while `change`
 * takes processes away and brings others. Expects that no request failed, that nobody was refused, and
 * that every screen, the lists and the store agree with what the model said.
 */
export async function underLoad(
  scene: {
    readonly name: string;
    readonly store: Awaited<ReturnType<typeof setUp>>["store"];
    readonly balancer: Balancer;
    readonly answers: number;
    readonly choice: Random;
  },
  change: () => Promise<void>,
): Promise<void> {
  const { name, store, balancer, answers, choice } = scene;
  const url = () => balancer.url;
  const ids = await createConversations(balancer.url, answers);
  const viewers = [0, 1, 2].map((at) => openViewer(`viewer ${at}`, url));
  const reader = openEventReader("reader", url);
  const sidebar = openSidebar("sidebar", url);
  for (const [at, id] of ids.entries()) {
    viewers[at % 3]?.watch(id);
    viewers[(at + 1) % 3]?.watch(id);
    if (at % 3 === 0) reader.watch(id);
  }
  let changing = true;
  const go = () => changing;
  const talks = converse(ids, viewers, () => choice.between(60, 100), go);
  const tending = tend(url, choice, go);
  const reading = keepReading(url, ids, choice, go);
  await change();
  changing = false;
  const [turns, tended, requests] = await Promise.all([talks, tending, reading]);
  const screens = [...viewers, reader].map(({ screen }) => screen);
  const all = [...turns, ...tended.turns];
  const compared = await agree({ store, url: balancer.url, screens, turns: all });
  await agreeOnLists(balancer.url, [sidebar], tended);
  const pauses = screens.map(({ longestPauseMs }) => longestPauseMs);
  say(name, {
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
}
