import { setTimeout as sleep } from "node:timers/promises";
import { openEventReader } from "../../chaos/event-reader.ts";
import type { Random } from "../../chaos/random.ts";
import type { Screen } from "../../chaos/screen.ts";
import { converse } from "../../chaos/set-up.ts";
import type { Turn } from "../../chaos/turn.ts";
import { openViewer } from "../../chaos/viewer.ts";
import { call } from "../../chat-client.ts";

/** The way in: an address, and how one says there who one is. */
export interface Door {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * It is a proxy that closes kept connections as it ends, a request on its way or not, as Go's
   * servers do: what was closed before an answer began is asked once more, as whatever stands in
   * front of a proxy does (RFC 9110 §9.2.2; both requests say how it shall be, not what to change).
   */
  readonly closesKept?: boolean;
}

/** What came of requests that were made all the while. */
export interface Requests {
  made: number;
  /** Asked once more. */
  again: number;
  readonly failed: string[];
}

/** Many answers under way at once, and who looks on. */
export interface Crowd {
  readonly screens: readonly Screen[];
  readonly requests: Requests;
  /** Answers that have ended on a screen. */
  readonly ended: () => number;
  /** Asks nothing more; resolves with every question, once all are answered. */
  end(): Promise<readonly Turn[]>;
  /** Errors that were answered to viewers and will not pass. */
  readonly refused: () => readonly string[];
  /** The longest time between two texts of one answer on any screen, in ms. */
  readonly longestPauseMs: () => number;
}

/** Pause between two requests of the one who asks all the time, in ms. */
const PAUSE_MS = 20;
/** The connection went before an answer began. */
const CLOSED = /ECONNRESET|EPIPE|other side closed/;

/** Asks in that many conversations at once, each question after the answer before. */
export async function openCrowd(door: Door, answers: number, choice: Random): Promise<Crowd> {
  const { url, headers, closesKept = false } = door;
  const post = (path: string, body: object) => call(url, "POST", path, body, { headers });
  const ids: string[] = [];
  for (let made = 0; made < answers; made += 1) {
    const response = await post("/api/conversations", {});
    if (response.status !== 201) throw new Error(`no conversation: ${response.status}`);
    ids.push(((await response.json()) as { id: string }).id);
  }
  const viewers = [0, 1, 2].map((at) => openViewer(`viewer ${at}`, () => url, headers));
  const reader = openEventReader("reader", () => url, headers);
  for (const [at, id] of ids.entries()) {
    viewers[at % 3]?.watch(id);
    viewers[(at + 1) % 3]?.watch(id);
    if (at % 3 === 0) reader.watch(id);
  }
  let going = true;
  const talks = converse(
    ids,
    viewers,
    () => choice.between(60, 100),
    () => going,
  );
  const requests: Requests = { made: 0, again: 0, failed: [] };
  const asking = [request("GET"), request("PATCH")];

  /** One request after another, on connections that are kept as a proxy keeps them. */
  async function request(method: "GET" | "PATCH"): Promise<void> {
    while (going) {
      const path = `/api/conversations/${choice.pick(ids)}`;
      const body = method === "PATCH" ? { pinned: choice.chance(0.5) } : undefined;
      requests.made += 1;
      try {
        const ask = () => call(url, method, path, body, { headers });
        const response = await ask().catch((error: Error) => {
          if (!closesKept || !CLOSED.test(String(error.cause))) throw error;
          requests.again += 1;
          return ask();
        });
        await response.text();
        if (!response.ok) requests.failed.push(`${method}: ${response.status}`);
      } catch (error) {
        const { cause = error } = error as Error;
        requests.failed.push(`${method}: ${cause}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  const screens = [...viewers, reader].map(({ screen }) => screen);
  return {
    screens,
    requests,
    ended: () =>
      [...(screens[0]?.conversations.values() ?? [])]
        .flatMap(({ generations }) => [...generations.values()])
        .filter(({ status }) => status === "finished").length,
    async end() {
      going = false;
      const [turns] = await Promise.all([talks, ...asking]);
      return turns;
    },
    refused: () => viewers.flatMap(({ refused }) => refused),
    longestPauseMs: () => Math.round(Math.max(...screens.map((one) => one.longestPauseMs))),
  };
}
