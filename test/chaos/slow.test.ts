import { expect, onTestFinished, test } from "vitest";
import { startApp } from "../app-process.ts";
import { createTcpProxy } from "../tcp-proxy.ts";
import { agree } from "./agree.ts";
import { question } from "./corpus.ts";
import { type EventReader, openEventReader } from "./event-reader.ts";
import { say } from "./random.ts";
import type { Screen } from "./screen.ts";
import { createConversations, setUp } from "./set-up.ts";
import type { Turn } from "./turn.ts";
import { openViewer, type Viewer } from "./viewer.ts";

/** Each round has one of its own, so that one stream takes all of it. */
const CONVERSATIONS = 14;
/** The longest there are, in characters of three bytes: a few dozen fill what a kernel buffers. */
const LONGEST_QUESTION = 31_000;
/** Questions at once. */
const AT_ONCE = 8;
/**
 * Questions of the first round, and by how many more each round has: half a megabyte, where a slow
 * client is granted one between its first refused delta and being sent away.
 */
const FILLING = 20;
const STEP = 6;
/** As much, and the megabyte that a socket is granted beside. */
const OVERFLOWING = 72;

test("a screen that reads nothing for a while gets merged deltas, or comes back, and misses nothing", {
  timeout: 300_000,
}, async () => {
  const { store, env, startWeb } = await setUp({ tokensPerSecond: 200 });
  const web = await startWeb();
  await startApp({ ...env, ROLE: "worker" });
  const proxy = await createTcpProxy(Number(new URL(web.url).port));
  onTestFinished(proxy.close);
  const behind = () => `http://127.0.0.1:${proxy.port}`;
  const ids = await createConversations(web.url, CONVERSATIONS);
  const fast = openViewer("fast", () => web.url);
  for (const id of ids) fast.watch(id);
  const turns: Turn[] = [];

  /** Long questions, each the root of a prompt of its own, and answers of that many words. */
  async function ask(conversationId: string, count: number, words: number): Promise<void> {
    let left = count;
    const asker = async () => {
      while (left > 0) {
        left -= 1;
        const content = `${"空".repeat(LONGEST_QUESTION)}\n${question(words)}`;
        const turn = await fast.ask(conversationId, content, { parentId: null });
        turns.push(turn);
        await fast.ended(turn);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, asker));
  }

  const upToDate = async ({ conversations }: Screen, id: string) =>
    conversations.get(id)?.cursor === (await store.events.last(id as never));

  const rest = [...ids];
  const sockets: Viewer[] = [];
  const streams: EventReader[] = [];
  const merged = { socket: 0, stream: 0 };
  const tooSlow = () => sockets.filter((one) => one.sockets.closedWith.has(4408)).length;

  /**
   * Asks in another conversation while a new socket and a new stream read nothing, and lets them read
   * again. New ones, since a kernel grants more to a connection that was read in bursts.
   */
  async function clogged(questions: number, words: number): Promise<void> {
    const id = rest.pop();
    if (id === undefined) return;
    const socket = openViewer(`slow ${rest.length}`, behind);
    const stream = openEventReader(`slow reader ${rest.length}`, behind);
    sockets.push(socket);
    streams.push(stream);
    for (const one of [socket, stream]) {
      one.watch(id);
      await expect.poll(() => upToDate(one.screen, id)).toBe(true);
    }
    const before = fast.screen.counts.deltas;
    const unclog = proxy.clog();
    await ask(id, questions, 3);
    // No room is left for these deltas.
    await ask(id, 1, words);
    unclog();
    for (const { screen } of [fast, socket, stream]) {
      await expect.poll(() => upToDate(screen, id), { timeout: 30_000 }).toBe(true);
    }
    // What they were spared, where they were not sent away meanwhile.
    const sent = fast.screen.counts.deltas - before;
    if (socket.sockets.opened === 1) merged.socket += sent - socket.screen.counts.deltas;
    if (stream.streams.opened === 1) merged.stream += sent - stream.screen.counts.deltas;
  }

  const both = () => merged.socket > 0 && merged.stream > 0;
  for (let count = FILLING; rest.length > 4 && !both(); count += STEP) await clogged(count, 100);
  for (let count = OVERFLOWING; rest.length > 0 && tooSlow() === 0; count += STEP) {
    await clogged(count, 3);
  }
  const screens = [fast, ...sockets, ...streams].map(({ screen }) => screen);
  const compared = await agree({ store, url: web.url, screens, turns, mayPage: true });
  say("slow", {
    mergedForSocket: merged.socket,
    mergedForStream: merged.stream,
    tooSlow: tooSlow(),
    rounds: ids.length - rest.length,
    ...compared,
  });
  expect(merged.socket).toBeGreaterThan(0);
  expect(merged.stream).toBeGreaterThan(0);
  expect(tooSlow()).toBeGreaterThan(0);
});
