import { onTestFinished } from "vitest";
import { type AppProcess, startApp } from "./app-process.ts";
import { connect } from "./chat-client.ts";
import { createModelServer, type ModelServerOptions } from "./model-server.ts";
import { type RedisServerOptions, startRedisServer } from "./redis-server.ts";

/** What the model says to everything. */
export const ANSWER = "Blue light scatters more: 青い 😀, and that is **why** the sky is blue.";

/** What a question goes through, but for the app itself: any number of processes can be started. */
export async function startPath(
  options: ModelServerOptions = {},
  redisOptions: RedisServerOptions = {},
) {
  const redis = await startRedisServer(redisOptions);
  onTestFinished(() => redis.stop());
  const model = await createModelServer({ answer: ANSWER, tokensPerSecond: 200, ...options });
  onTestFinished(() => model.close());
  const env = {
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    LEASE_MS: "1000",
    RETRY_SECONDS: "1",
  };
  const start = (more: Readonly<Record<string, string>> = {}) => startApp({ ...env, ...more });
  return { redis, model, start };
}

/** A client that has subscribed to a conversation. */
export async function watching({ url }: AppProcess, conversationId: string, after?: string) {
  const client = await connect(url);
  client.send({ type: "subscribe", conversationId, ...(after ? { after } : {}) });
  await client.frame((frame) => frame.type === "subscribed");
  return client;
}
