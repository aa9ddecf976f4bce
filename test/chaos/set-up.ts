import { onTestFinished } from "vitest";
import { startApp } from "../app-process.ts";
import { createConversation } from "../chat-client.ts";
import { createModelServer, type ModelServer } from "../model-server.ts";
import type { Dialect } from "../model-wire.ts";
import { type RedisServer, startRedisServer } from "../redis-server.ts";
import { openStore, type Store } from "../store.ts";
import { answerTo, question, thoughtTo } from "./corpus.ts";
import type { Turn } from "./turn.ts";
import type { Viewer } from "./viewer.ts";
import type { WorkerSettings } from "./worker-process.ts";

export interface SetUpOptions {
  readonly persistent?: boolean;
  readonly tokensPerSecond?: number;
  readonly leaseMs?: number;
  /** What the model server speaks. Default: `tgi`. */
  readonly dialect?: Dialect;
}

/** A store, a model server whose answers are known, and what processes need to work with them. */
export interface Setting {
  readonly redis: RedisServer;
  readonly model: ModelServer;
  readonly store: Store;
  readonly settings: WorkerSettings;
  /** The environment of `src/main.ts`. */
  readonly env: Readonly<Record<string, string>>;
  startWeb(): ReturnType<typeof startApp>;
}

const asksForTitle = (question: string) => question.startsWith("Write a title");

export async function setUp(options: SetUpOptions = {}): Promise<Setting> {
  const { persistent = false, tokensPerSecond = 30, leaseMs = 700, dialect } = options;
  const redis = await startRedisServer({ persistent });
  onTestFinished(() => redis.stop());
  const model = await createModelServer({
    ...{ dialect, tokensPerSecond },
    answer: ({ question }) => (asksForTitle(question) ? "A title" : answerTo(question)),
    reasoning: ({ question }) => (asksForTitle(question) ? "" : thoughtTo(question)),
    maxConcurrent: 1_000,
    maxTotalTokens: 32_768,
  });
  onTestFinished(() => model.close());
  const store = await openStore({ url: redis.url });
  // The connections of the test itself are cut too: they come back.
  store.redis.client.on("error", () => undefined);
  const env = {
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    LEASE_MS: String(leaseMs),
    WORKER_CONCURRENCY: "32",
    USER_CONCURRENCY: "0",
  };
  return {
    redis,
    model,
    store,
    settings: { redisUrl: redis.url, modelUrl: model.url, leaseMs },
    env,
    startWeb: () => startApp({ ...env, ROLE: "web" }),
  };
}

/** Conversations without a title: the first answer gives them one. */
export async function createConversations(url: string, count: number): Promise<string[]> {
  const created = Array.from({ length: count }, () => createConversation(url));
  return (await Promise.all(created)).map(({ id }) => id);
}

/** Asks in each conversation, one question after another, until `go` says no more. */
export async function converse(
  ids: readonly string[],
  viewers: readonly Viewer[],
  words: () => number,
  go: () => boolean,
): Promise<Turn[]> {
  const talks = ids.map(async (id, at) => {
    const turns: Turn[] = [];
    while (go()) {
      const watching = viewers.filter((one) => one.watches(id));
      const viewer = watching[(at + turns.length) % watching.length];
      if (viewer === undefined) break;
      const turn = await viewer.ask(id, question(words()));
      turns.push(turn);
      await viewer.ended(turn);
    }
    return turns;
  });
  return (await Promise.all(talks)).flat();
}
