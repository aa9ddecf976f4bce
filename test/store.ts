import { createClient } from "redis";
import { expect, inject, onTestFinished } from "vitest";
import { createKeys } from "../src/persistence/keys.ts";
import { connectRedis, type Redis } from "../src/persistence/redis.ts";
import { createRedisConversations } from "../src/persistence/redis-conversations.ts";
import { createRedisEventLog } from "../src/persistence/redis-event-log.ts";
import { createRedisFeedback } from "../src/persistence/redis-feedback.ts";
import { createRedisImport } from "../src/persistence/redis-import.ts";
import { createRedisLive } from "../src/persistence/redis-live.ts";
import { createRedisMessages } from "../src/persistence/redis-messages.ts";
import { createRedisRunning } from "../src/persistence/redis-running.ts";
import { createRedisSearch } from "../src/persistence/redis-search.ts";
import { createRedisSearchIndex } from "../src/persistence/redis-search-index.ts";
import { createRedisShares } from "../src/persistence/redis-shares.ts";
import { createRedisSignOuts } from "../src/persistence/redis-sign-outs.ts";
import { createRedisTurns } from "../src/persistence/redis-turns.ts";
import { createRedisWorkQueue } from "../src/persistence/redis-work-queue.ts";
import { UserId } from "../src/protocol/ids.ts";

export interface StoreOptions {
  readonly leaseMs?: number;
  readonly historyTtlSeconds?: number;
  readonly url?: string;
  readonly maxQueued?: number;
  readonly maxPerUser?: number;
  readonly partitions?: number;
}

/**
 * The logical database of this test runner's worker. Its files run one after another, so the queue in
 * it belongs to one test at a time.
 */
export function storeUrl(): string {
  return `${inject("redisUrl")}/${Number(process.env.VITEST_POOL_ID ?? 0) + 1}`;
}

/** Every adapter on a real, empty Redis database, closed when the test ends. */
export async function openStore(options: StoreOptions = {}) {
  const { url } = options;
  const redis = connectRedis({ url: url ?? storeUrl() });
  onTestFinished(() => redis.close());
  await expect.poll(() => redis.ping().then(() => "up", String)).toBe("up");
  // Beside the store's own: what a test looks at, and what other programs would read.
  const client = createClient({ url: url ?? storeUrl() });
  onTestFinished(() => client.disconnect());
  await client.connect();
  if (url === undefined) await client.flushDb();
  return { ...storeOn(redis, options), redis: { ...redis, client } };
}

/** Every adapter on a Redis that is there. */
export function storeOn(redis: Redis, options: Omit<StoreOptions, "url"> = {}) {
  const { leaseMs = 5_000, historyTtlSeconds = 0, partitions = 1 } = options;
  const { maxQueued = 10_000, maxPerUser = 0 } = options;
  const keys = createKeys(partitions);
  const live = createRedisLive(redis, keys);
  const running = createRedisRunning(redis, keys);
  const messages = createRedisMessages(redis, keys, running);
  const searchIndex = createRedisSearchIndex(redis, keys);
  return {
    redis,
    keys,
    live,
    running,
    conversations: createRedisConversations(redis, keys, live, { historyTtlSeconds }),
    messages,
    events: createRedisEventLog(redis, keys, messages),
    feedback: createRedisFeedback(redis, keys, { historyTtlSeconds }),
    shares: createRedisShares(redis, keys),
    signOuts: createRedisSignOuts(redis, keys),
    imports: createRedisImport(redis, keys),
    searchIndex,
    search: createRedisSearch(redis, keys, searchIndex, () => undefined),
    turns: createRedisTurns(redis, keys, { historyTtlSeconds, maxQueued }),
    queue: createRedisWorkQueue(redis, keys, { leaseMs, historyTtlSeconds, maxPerUser }),
  };
}
export type Store = Awaited<ReturnType<typeof openStore>>;

/** Someone no other test knows. */
export function someone(): UserId {
  return UserId.parse(`user-${crypto.randomUUID()}`);
}
