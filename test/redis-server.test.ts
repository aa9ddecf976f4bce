import { createClient } from "redis";
import { expect, inject, onTestFinished, test } from "vitest";
import { startRedisServer } from "./redis-server.ts";

test("the shared Redis answers, keeps everything and evicts nothing", async () => {
  const client = await createClient({ url: inject("redisUrl") }).connect();
  onTestFinished(async () => void (await client.quit()));
  expect(await client.configGet("maxmemory-policy")).toEqual({ "maxmemory-policy": "noeviction" });
});

test("a persistent Redis has what it had after a kill and a restart", async () => {
  const redis = await startRedisServer({ persistent: true, password: "secret" });
  onTestFinished(() => redis.stop());
  const before = await createClient({ url: redis.url }).connect();
  await before.set("kept", "yes");
  await before.disconnect();
  const { pid } = redis;

  await redis.kill();
  await redis.restart();

  expect(redis.pid).not.toBe(pid);
  const after = await createClient({ url: redis.url }).connect();
  onTestFinished(async () => void (await after.quit()));
  expect(await after.get("kept")).toBe("yes");
});
