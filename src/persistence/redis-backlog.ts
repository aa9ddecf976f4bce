import * as z from "zod/mini";
import type { Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** What waits for workers, and what they hold, in all partitions. */
export interface Backlog {
  readonly queued: number;
  readonly leased: number;
  /** How long the oldest of those waits that are next in line, in ms; 0 where none does. */
  readonly oldestMs: number;
}

const Reply = z.tuple([z.number(), z.number(), z.number()]);

/** Reads it: one short script a partition. @throws ChatError `unavailable`. */
export function createReadBacklog(redis: Redis, keys: Keys): () => Promise<Backlog> {
  return async () => {
    const parts = await Promise.all(
      Array.from({ length: keys.partitions }, async (_, partition) => {
        const { queue, leases, generation } = keys.partition(partition);
        return Reply.parse(await redis.script("backlog", [queue, leases], [generation]));
      }),
    );
    return {
      queued: parts.reduce((sum, [queued]) => sum + queued, 0),
      leased: parts.reduce((sum, [, leased]) => sum + leased, 0),
      oldestMs: Math.max(...parts.map(([, , oldest]) => oldest)),
    };
  };
}
