import { onTestFinished } from "vitest";
import { startApp } from "./app-process.ts";
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
