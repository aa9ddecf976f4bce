import { inspect } from "node:util";
import * as z from "zod/mini";
import { createCatalogue } from "../../src/inference/catalogue.ts";
import { createKeys } from "../../src/persistence/keys.ts";
import { connectRedis } from "../../src/persistence/redis.ts";
import { createRedisConversations } from "../../src/persistence/redis-conversations.ts";
import { createRedisLive } from "../../src/persistence/redis-live.ts";
import { createRedisMessages } from "../../src/persistence/redis-messages.ts";
import { createRedisRunning } from "../../src/persistence/redis-running.ts";
import { createRedisSearchIndex } from "../../src/persistence/redis-search-index.ts";
import { createRedisWorkQueue } from "../../src/persistence/redis-work-queue.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { Boundary, watchCalls } from "./watch-calls.ts";
import { watchScripts } from "./watch-scripts.ts";

/** How a worker process of the chaos suite is to work; JSON, its only argument. */
export const WorkerSettings = z.object({
  redisUrl: z.string(),
  modelUrl: z.string(),
  leaseMs: z.number(),
  /** Generations at once. */
  concurrency: z._default(z.number(), 8),
  /** How long a model server may be silent, in ms; longer than any process is starved here. */
  silenceMs: z._default(z.number(), 30_000),
  /** About how often it tidies, without any grace, in ms; default: as the product does. */
  tidyMs: z.optional(z.number()),
  /** Tells of each call to the store. */
  records: z._default(z.boolean(), false),
  /** Where the process kills itself. */
  boundary: z.optional(Boundary),
});
export type WorkerSettings = z.input<typeof WorkerSettings>;

/** What such a process tells its parent. */
export type WorkerNews =
  | { readonly type: "ready" }
  /** It makes a call to the store, as `watchCalls` names them. */
  | { readonly type: "call"; readonly call: string }
  | { readonly type: "claimed"; readonly generationId: string; readonly takeOver: boolean }
  /** A script refused what was written under a fence that is no longer the newest. */
  | { readonly type: "fenced"; readonly script: string }
  /** The store had lost writes, and gets them again. */
  | { readonly type: "healed" }
  | { readonly type: "error"; readonly words: string };

function tell(news: WorkerNews): void {
  if (process.connected) process.send?.(news, undefined, {}, () => undefined);
}

async function main(): Promise<void> {
  const given = JSON.parse(process.argv[2] ?? "");
  const connected = connectRedis({ url: WorkerSettings.parse(given).redisUrl });
  process.once("disconnect", () => process.exit(1));
  tell({ type: "ready" });
  // Compiled, connected and idle: what it is to do may be said only now.
  const more = await new Promise((resolve) => process.once("message", resolve));
  const settings = WorkerSettings.parse({ ...given, ...Object(more) });
  const { leaseMs, concurrency, tidyMs } = settings;
  const redis = watchCalls(watchScripts(connected, tell), settings, (call) => {
    tell({ type: "call", call });
  });
  const keys = createKeys(1);
  const live = createRedisLive(redis, keys);
  const running = createRedisRunning(redis, keys);
  const ended = new AbortController();
  const patience = { firstTokenMs: settings.silenceMs, betweenTokensMs: settings.silenceMs };
  const resilience = { ...patience, retryMs: 2_000, backOffMs: 50 };
  const deps = {
    queue: createRedisWorkQueue(redis, keys, { leaseMs, historyTtlSeconds: 0, maxPerUser: 0 }),
    conversations: createRedisConversations(redis, keys, live, { historyTtlSeconds: 0 }),
    history: createRedisMessages(redis, keys, running),
    searchIndex: createRedisSearchIndex(redis, keys),
    catalogue: createCatalogue({ serverUrl: settings.modelUrl, resilience }, ended.signal),
  };
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object, message: string) => {
      tell({ type: "error", words: `${message}: ${inspect(fields)}` });
    },
  };
  const janitor = tidyMs === undefined ? {} : { everyMs: tidyMs, graceMs: 0 };
  const options = { concurrency, leaseMs, name: String(process.pid), log, janitor };
  const worker = startWorker(deps, options);
  await new Promise((resolve) => process.once("SIGTERM", resolve));
  await worker.drain();
  ended.abort();
  await redis.close();
  process.exit(0);
}

if (import.meta.main) await main();
