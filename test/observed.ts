import { onTestFinished } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { ask, connect, createConversation } from "./chat-client.ts";
import { createModelServer, type ModelServerOptions } from "./model-server.ts";
import { startRedisServer } from "./redis-server.ts";

/** A Redis and a model server of the test's own, and the processes on them. */
export async function setUpObserved(
  options: ModelServerOptions = {},
  env: Readonly<Record<string, string>> = {},
) {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const model = await createModelServer({ answer: "Blue light scatters more.", ...options });
  onTestFinished(() => model.close());
  const common = {
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    LEASE_MS: "1000",
    RETRY_SECONDS: "1",
    ...env,
  };
  return {
    redis,
    model,
    start: (more: Readonly<Record<string, string>> = {}) => startApp({ ...common, ...more }),
  };
}

/** Sixty words: long enough to lose a worker in the middle. */
export const LONG = Array.from({ length: 60 }, (_, word) => `word${word}`).join(" ");

/**
 * An answer whose worker ends by `signal` in the middle, and which another one brings to its end. @returns
 * what serves it, who went on, and the answer's ids.
 */
export async function takenOver(
  start: (more: Readonly<Record<string, string>>) => Promise<AppProcess>,
  signal: NodeJS.Signals,
) {
  const web = await start({ ROLE: "web" });
  const first = await start({ ROLE: "worker" });
  const { id } = await createConversation(web.url);
  const client = await connect(web.url);
  client.send({ type: "subscribe", conversationId: id });
  const { generationId } = await ask(client, id, "Why?");
  await client.frame((frame) => frame.type === "delta");
  await first.end(signal);
  const second = await start({ ROLE: "worker" });
  await client.ended(generationId);
  return { web, second, client, id, generationId };
}
