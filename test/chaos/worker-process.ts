import { inspect } from "node:util";
import * as z from "zod/mini";
import { createCatalogue } from "../../src/inference/catalogue.ts";
import { createKeys } from "../../src/persistence/keys.ts";
import { connectRedis, type Redis } from "../../src/persistence/redis.ts";
import { createRedisConversations } from "../../src/persistence/redis-conversations.ts";
import { createRedisLive } from "../../src/persistence/redis-live.ts";
import { createRedisMessages } from "../../src/persistence/redis-messages.ts";
import { createRedisRunning } from "../../src/persistence/redis-running.ts";
import { createRedisWorkQueue } from "../../src/persistence/redis-work-queue.ts";
import { startWorker } from "../../src/worker/worker.ts";

/** How a worker process of the chaos suite is to work; JSON, its only argument. */
export const WorkerSettings = z.object({
  redisUrl: z.string(),
  modelUrl: z.string(),
  leaseMs: z.number(),
  /** Generations at once. */
  concurrency: z._default(z.number(), 8),
  /** How long a model server may be silent, in ms; longer than any process is starved here. */
  silenceMs: z._default(z.number(), 30_000),
  /** When the process kills itself: at the `call`th call, from 1, of a script. */
  boundary: z.optional(
    z.object({ script: z.string(), call: z.number(), when: z.enum(["before", "after"]) }),
  ),
});
export type WorkerSettings = z.input<typeof WorkerSettings>;

/** What such a process tells its parent. */
export type WorkerNews =
  | { readonly type: "ready" }
  | { readonly type: "claimed"; readonly generationId: string; readonly takeOver: boolean }
  /** A script refused what was written under a fence that is no longer the newest. */
  | { readonly type: "fenced"; readonly script: string }
  /** The store had lost writes, and gets them again. */
  | { readonly type: "healed" }
  | { readonly type: "error"; readonly words: string };

function tell(news: WorkerNews): void {
  if (process.connected) process.send?.(news, undefined, {}, () => undefined);
}

/** The real scripts, watched, and cut short where the process is to die. */
function watched(redis: Redis, { boundary }: Pick<WorkerSettings, "boundary">): Redis {
  const calls = new Map<string, number>();
  const script: Redis["script"] = async (name, keys, args) => {
    const label = name === "hold" ? String(args[0]) : name;
    const call = (calls.get(label) ?? 0) + (name === "claim" ? 0 : 1);
    calls.set(label, call);
    async function die(when: "before" | "after"): Promise<void> {
      if (boundary?.script !== label || boundary.when !== when) return;
      if (boundary.call !== calls.get(label)) return;
      process.kill(process.pid, "SIGKILL");
      await new Promise(() => undefined);
    }
    if (name !== "claim") await die("before");
    const reply = await redis.script(name, keys, args);
    if (name === "claim" && reply !== null) {
      const [, generationId, , , , , , , , started] = reply as string[];
      tell({ type: "claimed", generationId: generationId ?? "", takeOver: started !== "" });
      calls.set(label, call + 1);
    }
    await die("after");
    if (reply === null && (name === "finish" || name === "hold")) {
      tell({ type: "fenced", script: label });
    }
    for (const one of name === "append" && Array.isArray(reply) ? reply : []) {
      const [word] = Array.isArray(one) ? one : [];
      if (word === "LOST") tell({ type: "fenced", script: label });
      if (word === "MISMATCH") tell({ type: "healed" });
    }
    return reply;
  };
  return Object.assign(Object.create(redis), { script });
}

async function main(): Promise<void> {
  const settings = WorkerSettings.parse(JSON.parse(process.argv[2] ?? ""));
  const { leaseMs, concurrency } = settings;
  const redis = watched(connectRedis({ url: settings.redisUrl }), settings);
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
    catalogue: createCatalogue({ serverUrl: settings.modelUrl, resilience }, ended.signal),
  };
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object, message: string) => {
      tell({ type: "error", words: `${message}: ${inspect(fields)}` });
    },
  };
  process.once("disconnect", () => process.exit(1));
  tell({ type: "ready" });
  await new Promise((resolve) => process.once("message", resolve));
  const options = { concurrency, leaseMs, name: String(process.pid), log };
  const worker = startWorker(deps, options);
  await new Promise((resolve) => process.once("SIGTERM", resolve));
  await worker.drain();
  ended.abort();
  await redis.close();
  process.exit(0);
}

if (import.meta.main) await main();
