import * as z from "zod/mini";
import { Timing } from "../../protocol/message.ts";
import type { Deployment } from "../deployment.ts";
import type { HeaderList } from "../door.ts";
import { type Check, failed, held, notChecked, type Outcome } from "../outcome.ts";
import { json, type SignedIn } from "../session.ts";
import { hear } from "../socket.ts";
import { type Heard, readEvents } from "../sse.ts";
import { makeConversation, removeConversation } from "./same-site.ts";

/** How long the first event of a stream may take, in ms. */
const FIRST_EVENT_MS = 5_000;
/** How long an answer is watched, in ms. */
const ANSWER_MS = 30_000;
/** Less than this long nobody can tell pieces from a whole, in ms. */
const TELLING_MS = 1_000;
/** How many deltas are enough to see whether they come one by one. */
const ENOUGH_DELTAS = 24;
/** So many in one piece are no accident of a busy machine. */
const MAX_DELTAS_IN_PIECE = 4;
const COMMENT_MS = 15_000;
const QUESTION = "Tell me a long story.";

const BUFFERING =
  "Switch buffering off for /api/: proxy_buffering off and no proxy_ignore_headers X-Accel-Buffering in nginx; no compression and no cache of text/event-stream.";
const IDLE =
  "Raise the idle limits on the way above 60 s, better to an hour: proxy_read_timeout and proxy_send_timeout in nginx, the idle timeout of load balancer and gateway, the route's timeout in Envoy and Istio.";

const NOT_BEGUN = "it did not even begin: see stream-begins";

type Ready = Deployment & { readonly signedIn: SignedIn };

/** That what is written comes through as it is written, and that the way stays open. */
export const STREAM_CHECKS: readonly Check[] = [
  {
    id: "stream-begins",
    what: "Opens an event stream, and waits for its first event while nothing else happens",
    run: withConversation(async ({ front, signedIn }, id) => {
      const startedAt = performance.now();
      const first = await firstEvent(front, signedIn, id);
      if (first !== undefined) {
        return held(`It came after ${Math.round(first.atMs - startedAt)} ms.`);
      }
      return failed(
        `Nothing came within ${FIRST_EVENT_MS / 1_000} s: something on the way collects the stream.`,
        BUFFERING,
      );
    }),
  },
  {
    id: "stream-pieces",
    what: "Asks a question, and looks whether the answer comes in pieces",
    run: withConversation(async (deployment, id) => {
      if (!deployment.options.ask) return notChecked("no model may be asked (--no-ask)");
      const { front, signedIn } = deployment;
      if ((await firstEvent(front, signedIn, id)) === undefined) return notChecked(NOT_BEGUN);
      return watchAnswer(deployment, id);
    }),
  },
  {
    id: "stream-held",
    what: "Holds an event stream open",
    run: withConversation(holdStream),
  },
  {
    id: "socket-held",
    what: "Holds a socket open, and pings as the page does",
    run: (deployment) => holdSocket(deployment, true),
  },
  {
    id: "socket-silent",
    what: "Holds a socket open, and says nothing",
    run: (deployment) => holdSocket(deployment, false),
  },
];

/** A check on a conversation of its own, which is removed after it. */
function withConversation(check: (deployment: Ready, id: string) => Promise<Outcome>) {
  return async (deployment: Deployment): Promise<Outcome> => {
    const { front, signedIn, signedOutBecause } = deployment;
    if (signedIn === undefined) return notChecked(signedOutBecause);
    const headers: HeaderList = [
      ["Content-Type", "application/json"],
      ["Origin", front.origin],
    ];
    const id = await makeConversation(front, signedIn, headers, '{"title":"doctor"}');
    if (typeof id === "number") return notChecked(`making a conversation was answered with ${id}`);
    try {
      return await check({ ...deployment, signedIn }, id);
    } finally {
      await removeConversation(front, signedIn, id);
    }
  };
}

async function firstEvent(
  front: Deployment["front"],
  signedIn: SignedIn,
  id: string,
): Promise<Heard | undefined> {
  const signal = AbortSignal.timeout(FIRST_EVENT_MS);
  try {
    const { body } = await front.stream(eventsOf(signedIn, id), signal);
    for await (const heard of readEvents(body)) return heard;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return undefined;
}

const Finished = z.object({ event: z.object({ timing: Timing }) });

async function watchAnswer({ front, signedIn }: Ready, id: string): Promise<Outcome> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(ANSWER_MS)]);
  const pieces = new Set<number>();
  let deltas = 0;
  let finished: z.infer<typeof Finished> | undefined;
  let firstAt = 0;
  let lastAt = 0;
  try {
    const { body } = await front.stream(eventsOf(signedIn, id), signal);
    for await (const { event, data, atMs } of readEvents(body)) {
      if (event === "subscribed") await ask(front, signedIn, id);
      if (event === "generation.failed") return notChecked("the model gave no answer");
      if (event === "delta") {
        if (pieces.size === 0) firstAt = atMs;
        lastAt = atMs;
        pieces.add(atMs);
        deltas += 1;
      }
      if (event === "generation.finished") finished = z.safeParse(Finished, data).data;
      if (finished !== undefined) break;
      if (deltas >= ENOUGH_DELTAS && lastAt - firstAt >= TELLING_MS) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over.abort();
  }
  const seenMs = Math.round(lastAt - firstAt);
  const seen = `${deltas} deltas in ${pieces.size} pieces over ${seenMs} ms`;
  const { totalMs = 0, firstTokenMs = 0 } = finished?.event.timing ?? {};
  const wroteMs = totalMs - firstTokenMs;
  if (finished !== undefined && (wroteMs < TELLING_MS || deltas <= MAX_DELTAS_IN_PIECE)) {
    return notChecked("the answer was too short to tell");
  }
  const late = finished !== undefined && seenMs < wroteMs / 2;
  if (deltas > 0 && !late && deltas <= pieces.size * MAX_DELTAS_IN_PIECE) return held(`${seen}.`);
  const wrote = finished === undefined ? "" : `, written in ${Math.round(wroteMs)} ms`;
  return failed(`${seen}${wrote}: something on the way collects what passes.`, BUFFERING);
}

async function ask(front: Deployment["front"], signedIn: SignedIn, id: string): Promise<void> {
  await front.call({
    path: `/api/conversations/${id}/messages`,
    method: "POST",
    headers: [
      ...signedIn.headers(),
      ["Content-Type", "application/json"],
      ["Origin", front.origin],
    ],
    body: JSON.stringify({ content: QUESTION }),
  });
}

async function holdStream({ front, signedIn, options }: Ready, id: string): Promise<Outcome> {
  const signal = AbortSignal.timeout(options.holdMs);
  const startedAt = performance.now();
  let lastAt = startedAt;
  let longestMs = 0;
  let hasBegun = false;
  let isOver = false;
  try {
    const { body } = await front.stream(eventsOf(signedIn, id), signal);
    for await (const { atMs } of readEvents(body)) {
      longestMs = Math.max(longestMs, atMs - lastAt);
      lastAt = atMs;
      hasBegun = true;
    }
    isOver = !signal.aborted;
  } catch {
    isOver = !signal.aborted;
  }
  const heldFor = seconds(performance.now() - startedAt);
  if (isOver) {
    return failed(
      `It was cut after ${heldFor}, ${seconds(performance.now() - lastAt)} after the last thing it said.`,
      IDLE,
    );
  }
  if (!hasBegun) return notChecked(NOT_BEGUN);
  const silentMs = Math.max(longestMs, performance.now() - lastAt);
  if (silentMs > COMMENT_MS + FIRST_EVENT_MS) {
    return failed(`It was silent for ${seconds(silentMs)}; a comment comes every 15 s.`, BUFFERING);
  }
  return held(`Open for ${heldFor}, never silent for more than ${seconds(silentMs)}.`);
}

const Hello = z.object({ type: z.literal("hello"), pingIntervalMs: z.number() });

async function holdSocket(deployment: Deployment, pings: boolean): Promise<Outcome> {
  const { front, signedIn, signedOutBecause, options } = deployment;
  if (signedIn === undefined) return notChecked(signedOutBecause);
  const opened = await front.openSocket([...signedIn.headers(), ["Origin", front.origin]]);
  if ("status" in opened) {
    return failed(
      `No socket opened for who is signed in: ${opened.status}.`,
      "Let upgrades through: HTTP/1.1 to the app, with Upgrade and Connection (manifests/components/edge-nginx); set PUBLIC_ORIGIN to the address that people type.",
    );
  }
  const socket = opened;
  const startedAt = performance.now();
  const hello = await hear(socket, (text) => z.safeParse(Hello, json(text)).data);
  const ping = () => socket.send(JSON.stringify({ type: "ping", at: Date.now() }));
  const timer = pings ? setInterval(ping, hello?.pingIntervalMs ?? 20_000) : undefined;
  const signal = AbortSignal.any([AbortSignal.timeout(options.holdMs), deployment.signal]);
  const code = await new Promise<number | undefined>((resolve) => {
    if (socket.readyState !== socket.OPEN) resolve(0);
    socket.once("close", resolve);
    signal.addEventListener("abort", () => resolve(undefined));
  });
  clearInterval(timer);
  socket.terminate();
  const time = seconds(performance.now() - startedAt);
  if (hello === undefined) return failed(`It opened, and said nothing for ${time}.`, BUFFERING);
  if (code === undefined) return held(`Open for ${time}.`);
  if (code === 4401) return held(`Closed with 4401 after ${time}: the proof of identity ended.`);
  return failed(`It was cut after ${time}, with code ${code}.`, IDLE);
}

function eventsOf(signedIn: SignedIn, id: string) {
  return { path: `/api/conversations/${id}/events`, headers: signedIn.headers() };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
