import { onTestFinished } from "vitest";
import { startApp } from "./app-process.ts";
import { createModelServer, type ModelServerOptions } from "./model-server.ts";
import { startRedisServer } from "./redis-server.ts";

/** Sixty sentences that can be told apart. */
export const STORY = Array.from(
  { length: 60 },
  (_, line) => `Sentence ${line} of the story. `,
).join("");

/** The whole product for a test of the page: a Redis, a model server and the app, all its own. */
export async function startPageApp(
  options: ModelServerOptions = {},
  env: Readonly<Record<string, string>> = {},
) {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const model = await createModelServer({ tokensPerSecond: 100, ...options });
  onTestFinished(() => model.close());
  const settings = {
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    INFERENCE_SERVER_URL: model.url,
    RETRY_SECONDS: "0",
    ...env,
  };
  const app = await startApp(settings);
  return { redis, model, app, url: app.url, settings };
}
