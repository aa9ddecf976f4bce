import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { ServerFrame } from "../../src/protocol/frames.ts";
import { eventsIn } from "../read-events.ts";
import { createScreen, type Screen } from "./screen.ts";

/** Pause before a stream is opened again, in ms. */
const RETRY_MS = 60;

/** A program that reads conversations as server-sent events, and comes back whatever ends one. */
export interface EventReader {
  readonly screen: Screen;
  /** Streams that were opened, in all, and what was answered instead, by status. */
  readonly streams: { opened: number; readonly refused: Map<number, number> };
  watch(conversationId: string): void;
}

/**
 * @param url Where to open the next stream; asked each time.
 * @param headers How it says who it is.
 */
export function openEventReader(
  name: string,
  url: () => string,
  headers: Readonly<Record<string, string>> = { "X-Forwarded-User": "alice" },
): EventReader {
  const screen = createScreen(name);
  const closing = new AbortController();
  const refused = new Map<number, number>();
  const streams = { opened: 0, refused };
  onTestFinished(() => closing.abort());

  /** One stream to its end; gives the last id seen, or `"gone"` with the conversation. */
  async function read(id: string, last: string | undefined): Promise<string | undefined> {
    let seen = last;
    const response = await fetch(`${url()}/api/conversations/${id}/events`, {
      headers: { ...headers, ...(last ? { "Last-Event-ID": last } : {}) },
      signal: closing.signal,
    });
    if (!response.ok) {
      refused.set(response.status, (refused.get(response.status) ?? 0) + 1);
      await response.body?.cancel();
      return response.status === 404 ? "gone" : seen;
    }
    streams.opened += 1;
    try {
      for await (const some of eventsIn(response)) {
        for (const { id: cursor, data } of some) {
          seen = cursor ?? seen;
          screen.apply(ServerFrame.parse(data));
        }
      }
    } catch (error) {
      // A stream that broke is resumed; a frame that nobody knows is a breach of the contract.
      if (!(error instanceof TypeError)) screen.wrong.push(`${name}: ${error}`);
    }
    return seen;
  }

  async function follow(id: string): Promise<void> {
    for (let last: string | undefined; !closing.signal.aborted; ) {
      const seen = await read(id, last).catch(() => last);
      if (seen === "gone") return;
      last = seen;
      await sleep(RETRY_MS * Math.random());
    }
  }

  return {
    screen,
    streams,
    watch: (id) => void follow(id).catch(() => undefined),
  };
}
