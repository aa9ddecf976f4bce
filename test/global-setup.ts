import type { TestProject } from "vitest/node";
import { startRedisServer } from "./redis-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of a real Redis that all test files share: write under random ids only, and never flush. */
    readonly redisUrl: string;
  }
}

/** Starts the Redis of a test run; what it returns ends it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startRedisServer();
  project.provide("redisUrl", redis.url);
  return redis.stop;
}
