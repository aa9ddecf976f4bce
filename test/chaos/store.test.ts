import { spawnSync } from "node:child_process";
import { readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RedisServer } from "../redis-server.ts";
import { talking } from "./talking.ts";

/** Cuts up to `bytes` off the end of the append-only file, as a crash of the machine would. */
async function loseTail({ directory }: RedisServer, bytes: number): Promise<void> {
  const files = await readdir(join(directory, "appendonlydir"));
  const name = files.find((one) => one.endsWith(".incr.aof"));
  const path = join(directory, "appendonlydir", name ?? "");
  await truncate(path, Math.max(0, (await stat(path)).size - bytes));
  const program = process.env.REDIS_CHECK_AOF_PATH ?? "redis-check-aof";
  const fixed = spawnSync(program, ["--fix", path], { input: "y\n", encoding: "utf8" });
  expect(fixed.status, fixed.stdout + fixed.stderr).toBe(0);
}

test("connections to the store cut again and again cost nothing", {
  timeout: 120_000,
}, async () => {
  const { store, choice, finish } = await talking("connections", 12);
  for (let cuts = 0; cuts < 30; cuts += 1) {
    await sleep(choice.between(50, 400));
    const type = choice.pick(["normal", "pubsub"]);
    // The test's own connection is spared.
    await store.redis.client.sendCommand(["CLIENT", "KILL", "TYPE", type]);
  }
  await finish();
});

test("a store that is killed and restarted in mid-answer loses nothing it wrote", {
  timeout: 120_000,
}, async () => {
  const { redis, choice, finish } = await talking("restarts", 12);
  for (let restarts = 0; restarts < 4; restarts += 1) {
    await sleep(choice.between(300, 1_500));
    await redis.kill("SIGKILL");
    await sleep(choice.between(0, 800));
    await redis.restart();
  }
  await finish();
});

test("a store that lost its last writes forks nothing", { timeout: 180_000 }, async () => {
  const { redis, choice, fleet, finish } = await talking("lost writes", 12);
  for (let losses = 0; losses < 8; losses += 1) {
    await sleep(choice.between(800, 2_500));
    await redis.kill("SIGKILL");
    // With all workers dead nobody can give the store again what it lost.
    if (choice.chance(0.5)) await fleet.killAll();
    await loseTail(redis, choice.between(1, choice.pick([300, 5_000, 80_000])));
    await redis.restart();
  }
  await finish(true);
});
