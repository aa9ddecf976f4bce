import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { needChromium } from "./chromium.mjs";
import { install } from "./install.mjs";
import { needCommand } from "./packages.mjs";
import { buildPage } from "./page.mjs";
import { needImage } from "./platform-image.mjs";
import { needForStage, withinNamespace } from "./platform-namespace.mjs";
import { needPlatformTools } from "./platform-tools.mjs";
import { needRedisServer } from "./redis.mjs";
import { needFolder, PROJECT } from "./run.mjs";
import { guard, Refusal, say } from "./say.mjs";

/** In their order: each rests on the one before. */
const STAGES = {
  paper: "What is shipped for Kubernetes, on paper",
  "control-plane": "The same on a real control plane with simulated nodes",
  node: "The same on a real node",
};

/** In a stage's work folder: the process that removes it. */
const OWNER = "owner";

// What is shipped for Kubernetes, held to what Kubernetes takes. The first argument may name one stage; others
// go to vitest.
await guard(async () => {
  const { signal } = new AbortController();
  const [first = "", ...rest] = process.argv.slice(2);
  const chosen = first in STAGES ? [first] : Object.keys(STAGES);
  const more = first in STAGES || first === "" ? rest : [first, ...rest];
  // Old ones must not be taken for this run's.
  const reports = needFolder(".data");
  const reportOf = (stage) => join(reports, `platform-${stage}.json`);
  for (const stage of Object.keys(STAGES)) rmSync(reportOf(stage), { force: true });

  const node = await install(signal);
  const tools = await needPlatformTools(signal);
  const redis = await needRedisServer(signal);
  const nginx = await needCommand({
    commands: ["nginx", "../sbin/nginx"],
    what: "nginx",
    debian: "nginx",
    signal,
  });
  const chromium = await needChromium(signal);
  await buildPage(node, signal);
  const image = await needImage(tools, node, signal);
  const env = {
    ...process.env,
    // Where Debian has iptables and the like.
    PATH: `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin`,
    PLATFORM_TOOLS: JSON.stringify(tools),
    PLATFORM_IMAGE: image === undefined ? "" : JSON.stringify(image),
    REDIS_SERVER_PATH: redis,
    CHROMIUM_PATH: chromium,
    NGINX_PATH: nginx,
  };

  for (const stage of chosen) {
    say(`${STAGES[stage]} (vitest) …`);
    const vitest = [
      ...[join(PROJECT, "node_modules", "vitest", "vitest.mjs"), "run"],
      ...["--config", "vitest.platform.config.ts", `--project=${stage}`],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${reportOf(stage)}`],
      ...more,
    ];
    if ((await runStage(stage, node, vitest, env, signal)) !== 0) process.exitCode = 1;
  }
});

/** Runs one stage to its end. @returns its exit code. */
async function runStage(stage, node, vitest, env, signal) {
  try {
    await needForStage(stage, signal);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    say(`Not run, and so failed: ${error.message}`);
    return 1;
  }
  removeLeftovers();
  const work = mkdtempSync(join(tmpdir(), `chatbot-${stage}-`));
  writeFileSync(join(work, OWNER), String(process.pid));
  const [command, args] = stage === "paper" ? [node, vitest] : withinNamespace(node, vitest);
  const child = spawn(command, args, {
    cwd: PROJECT,
    env: { ...env, PLATFORM_WORK: work },
    stdio: "inherit",
  });
  // The terminal's Ctrl-C reaches vitest by itself; it ends what it started, and then we do.
  const ignore = () => {};
  // unshare itself heeds nothing else; what runs in its namespaces goes with it.
  const end = () => child.kill(stage === "paper" ? "SIGTERM" : "SIGKILL");
  process.on("SIGINT", ignore).on("SIGTERM", end);
  const [code] = await once(child, "close");
  process.off("SIGINT", ignore).off("SIGTERM", end);
  if (code !== 0) keepLogs(stage, work);
  rmSync(work, { recursive: true, force: true });
  return code ?? 1;
}

/** Removes the folders of runs that were killed: what they ran went with their namespaces. */
function removeLeftovers() {
  for (const name of readdirSync(tmpdir())) {
    const owner = join(tmpdir(), name, OWNER);
    if (!/^chatbot-(paper|control-plane|node)-/.test(name) || !existsSync(owner)) continue;
    const isAlive = existsSync(`/proc/${readFileSync(owner, "utf8")}`);
    if (!isAlive) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** What the programs of a stage that failed had to say, and what its pods said. */
function keepLogs(stage, work) {
  const kept = join(PROJECT, ".data", "platform-logs", stage);
  rmSync(kept, { recursive: true, force: true });
  for (const part of ["", "control-plane", "pods-logs"]) {
    const folder = join(work, part);
    if (!existsSync(folder)) continue;
    // Not of all there is: what containers have for their own files lies beside.
    const names = readdirSync(folder, { recursive: part === "pods-logs" });
    for (const name of names.filter((one) => one.endsWith(".log"))) {
      const target = join(kept, part, name);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(folder, name), target);
    }
  }
  if (existsSync(kept)) say(`What its programs said: ${kept}`);
}
