import type { Config } from "../config.ts";
import { createKeys } from "../persistence/keys.ts";
import type { Redis } from "../persistence/redis.ts";
import { createReadBacklog } from "../persistence/redis-backlog.ts";
import { createRedisConversations } from "../persistence/redis-conversations.ts";
import { createRedisEventLog } from "../persistence/redis-event-log.ts";
import { createRedisFeedback } from "../persistence/redis-feedback.ts";
import { createRedisImport } from "../persistence/redis-import.ts";
import { createRedisLive } from "../persistence/redis-live.ts";
import { createRedisMessages } from "../persistence/redis-messages.ts";
import { createRedisRunning } from "../persistence/redis-running.ts";
import { createRedisSearch } from "../persistence/redis-search.ts";
import { createRedisSearchIndex } from "../persistence/redis-search-index.ts";
import { createRedisShares } from "../persistence/redis-shares.ts";
import { createRedisSignOuts } from "../persistence/redis-sign-outs.ts";
import { createRedisTurns } from "../persistence/redis-turns.ts";
import { createRedisWorkQueue } from "../persistence/redis-work-queue.ts";

/** Every adapter to the store. */
export function createStore(redis: Redis, config: Config, onError: (error: unknown) => void) {
  const keys = createKeys(config.redisPartitions);
  const { historyTtlSeconds, leaseMs } = config;
  const live = createRedisLive(redis, keys);
  const running = createRedisRunning(redis, keys);
  const history = createRedisMessages(redis, keys, running);
  const searchIndex = createRedisSearchIndex(redis, keys);
  return {
    live,
    running,
    readBacklog: createReadBacklog(redis, keys),
    conversations: createRedisConversations(redis, keys, live, { historyTtlSeconds }),
    history,
    events: createRedisEventLog(redis, keys, history),
    feedback: createRedisFeedback(redis, keys, { historyTtlSeconds }),
    shares: createRedisShares(redis, keys),
    signOuts: createRedisSignOuts(redis, keys),
    imports: createRedisImport(redis, keys),
    searchIndex,
    search: createRedisSearch(redis, keys, searchIndex, onError),
    turns: createRedisTurns(redis, keys, { historyTtlSeconds, maxQueued: config.queueLimit }),
    queue: createRedisWorkQueue(redis, keys, {
      leaseMs,
      historyTtlSeconds,
      maxPerUser: config.userConcurrency,
    }),
  };
}
/** What `createStore` makes. */
export type Store = ReturnType<typeof createStore>;
