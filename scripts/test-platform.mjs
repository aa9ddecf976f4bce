import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { install } from "./install.mjs";
import { needImage } from "./platform-image.mjs";
import { needPlatformTools } from "./platform-tools.mjs";
import { needRedisServer } from "./redis.mjs";
import { findCommand, PROJECT } from "./run.mjs";
import { guard, say } from "./say.mjs";

// What is shipped for Kubernetes, held to what Kubernetes takes. Arguments go to vitest.
await guard(async () => {
  const { signal } = new AbortController();
  const node = await install(signal);
  const tools = await needPlatformTools(signal);
  const redis = await needRedisServer(signal);
  const nginx = findCommand("nginx") ?? findCommand("/usr/sbin/nginx");
  if (nginx === undefined)
    say("nginx is missing: its configuration is not tested (apt-get install nginx).");

  const image = await needImage(tools.folder, node, signal);

  say("Testing what is shipped for Kubernetes (vitest) …");
  const vitest = join(PROJECT, "node_modules", "vitest", "vitest.mjs");
  const config = ["--config", "vitest.platform.config.ts"];
  const child = spawn(node, [vitest, "run", ...config, ...process.argv.slice(2)], {
    cwd: PROJECT,
    env: {
      ...process.env,
      PLATFORM_TOOLS: JSON.stringify(tools),
      PLATFORM_IMAGE: image === undefined ? "" : JSON.stringify(image),
      REDIS_SERVER_PATH: redis,
      NGINX_PATH: nginx ?? "",
    },
    stdio: "inherit",
  });
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code] = await once(child, "close");
  process.exitCode = code ?? 1;
});
