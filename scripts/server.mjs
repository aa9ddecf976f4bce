import { spawn } from "node:child_process";
import { once } from "node:events";
import { get } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { PROJECT } from "./run.mjs";

/** Longer than any drain: the server has its own limit, this is for one that hangs. */
const STOP_MS = 60_000;
const SHOWN = { warn: "warning", error: "error", fatal: "error" };

/**
 * Starts the server. `ready` resolves with its address once it answers there; `ended` with a
 * sentence when it ends by itself; `stop` lets it drain, and ends it at once when `hurry` resolves.
 */
export function startServer({ node, port, adminPort, env }) {
  const main = ["--import", "./scripts/end-with-parent.mjs", join("src", "main.ts")];
  const child = spawn(node, main, {
    cwd: PROJECT,
    env,
    // A group of its own: the terminal's Ctrl-C reaches it through us alone, once.
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  // Who sets a log level wants to see the log as it is.
  const show = process.env.LOG_LEVEL ? (line) => line : readable;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      const text = show(line);
      if (text !== undefined) process.stderr.write(`${text}\n`);
    });
  }
  const exit = once(child, "close").then(
    ([code, signal]) => `The server ended by itself (${signal ?? `exit code ${code}`}).`,
    (error) => `The server could not be started (${error.message}).`,
  );
  const running = () => child.exitCode === null && child.signalCode === null;

  return {
    ended: exit,
    ready: answers(
      running,
      env.ROLE === "worker" ? `http://localhost:${adminPort}/livez` : `http://localhost:${port}`,
    ),
    async stop(hurry) {
      if (!running()) return;
      child.kill("SIGTERM");
      const late = delay(STOP_MS, "late", { ref: false });
      const outcome = await Promise.race([exit, late, hurry.then(() => "late")]);
      if (outcome !== "late") return;
      child.kill("SIGKILL");
      await exit;
    },
  };
}

/** Resolves with the address when something answers there; never, when the server ends before. */
async function answers(running, url) {
  while (running()) {
    if (await respond(url)) return url;
    await delay(50);
  }
  return new Promise(() => {});
}

function respond(url) {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode < 500);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

/** A line of the log as a person reads it; `undefined` for what is no warning. */
function readable(line) {
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof entry?.level !== "string") return line;
  const { level, time: _time, msg, err, ...fields } = entry;
  if (!(level in SHOWN)) return undefined;
  const more = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  const cause = err?.message ? `: ${err.message}` : "";
  return `${SHOWN[level]}: ${msg ?? ""}${cause}${more.join("")}`;
}
