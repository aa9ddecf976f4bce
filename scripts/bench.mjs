import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { needChromium } from "./chromium.mjs";
import { install } from "./install.mjs";
import { buildPage } from "./page.mjs";
import { needRedisServer } from "./redis.mjs";
import { PROJECT } from "./run.mjs";
import { guard } from "./say.mjs";

await guard(async () => {
  const { signal } = new AbortController();
  const node = await install(signal);
  const redis = await needRedisServer(signal);
  const chromium = await needChromium(signal);
  await buildPage(node, signal);
  const child = spawn(node, [join(PROJECT, "bench", "main.ts"), ...process.argv.slice(2)], {
    cwd: PROJECT,
    env: { ...process.env, REDIS_SERVER_PATH: redis, CHROMIUM_PATH: chromium },
    stdio: "inherit",
  });
  // The terminal's Ctrl-C reaches the bench by itself; it ends what it started, and then we do.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = await once(child, "close");
  process.exitCode = code ?? 1;
});
