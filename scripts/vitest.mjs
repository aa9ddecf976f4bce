import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { needChromium } from "./chromium.mjs";
import { install } from "./install.mjs";
import { buildPage } from "./page.mjs";
import { needRedisServer } from "./redis.mjs";
import { PROJECT } from "./run.mjs";
import { say } from "./say.mjs";

/**
 * Installs what tests need, builds the page and runs vitest with `args`; its exit code becomes ours.
 * @param {string} what Said when it begins.
 * @param {readonly string[]} args
 */
export async function runVitest(what, args) {
  const { signal } = new AbortController();
  const node = await install(signal);
  const redis = await needRedisServer(signal);
  const chromium = await needChromium(signal);
  await buildPage(node, signal);

  say(`${what} (vitest) …`);
  const vitest = join(PROJECT, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(node, [vitest, "run", ...args], {
    cwd: PROJECT,
    env: { ...process.env, REDIS_SERVER_PATH: redis, CHROMIUM_PATH: chromium },
    stdio: "inherit",
  });
  // The terminal's Ctrl-C reaches vitest by itself; it ends what it started, and then we do.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = await once(child, "close");
  process.exitCode = code ?? 1;
}
