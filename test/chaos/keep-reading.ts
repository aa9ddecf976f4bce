import { setTimeout as sleep } from "node:timers/promises";
import { call } from "../chat-client.ts";
import type { Random } from "./random.ts";

/** How often a request may be made again before it counts as failed. */
const MOST_TRIES = 10;

/** Requests of one who asks for something all the time. */
export interface ReadCounts {
  made: number;
  again: number;
  failed: number;
}

/** A client that reads conversations all the time, and tries again as a load balancer would, until `go` says no more. */
export async function keepReading(
  url: () => string,
  ids: readonly string[],
  choice: Random,
  go: () => boolean,
): Promise<ReadCounts> {
  const counts: ReadCounts = { made: 0, again: 0, failed: 0 };
  while (go()) {
    counts.made += 1;
    for (let tries = 0; ; tries += 1) {
      const path = `/api/conversations/${choice.pick(ids)}`;
      const response = await call(url(), "GET", path).catch(() => undefined);
      await response?.text().catch(() => undefined);
      if (response?.ok) break;
      if (tries === MOST_TRIES || (response && response.status !== 503)) {
        counts.failed += 1;
        break;
      }
      counts.again += 1;
      await sleep(20);
    }
    await sleep(10);
  }
  return counts;
}
