import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { needChromium } from "./chromium.mjs";
import { install } from "./install.mjs";
import { buildPage } from "./page.mjs";
import { needRedisServer } from "./redis.mjs";
import { needFolder, PROJECT } from "./run.mjs";
import { guard, say } from "./say.mjs";

await guard(async () => {
  const { signal } = new AbortController();
  const report = join(needFolder(".data"), "test-report.json");
  // An old one must not be taken for this run's.
  rmSync(report, { force: true });

  const node = await install(signal);
  const redis = await needRedisServer(signal);
  const chromium = await needChromium(signal);
  await buildPage(node, signal);

  say("Running the tests (vitest) …");
  const vitest = join(PROJECT, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const child = spawn(node, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
    cwd: PROJECT,
    env: { ...process.env, REDIS_SERVER_PATH: redis, CHROMIUM_PATH: chromium },
    stdio: "inherit",
  });
  // The terminal's Ctrl-C reaches vitest by itself; it ends what it started, and then we do.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = await once(child, "close");
  process.exitCode = code ?? 1;
});
