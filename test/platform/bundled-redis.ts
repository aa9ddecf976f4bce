import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { freePort } from "../redis-server.ts";
import { readText, temporaryFolder } from "./tools.ts";

const PASSWORDS = { chatbot: "app0", sessions: "sessions0", keda: "keda0", probe: "x" };

/** The Redis of the manifests, by its own start.sh and redis.conf, as a process of the running test. */
export interface BundledRedis {
  readonly port: number;
  /** Ends it as a pod is ended, and starts it again with what it kept. */
  restart(): Promise<void>;
  url(user: keyof typeof PASSWORDS): string;
}

/** @param keys of its Secret; a user whose key is missing does not exist. */
export async function startBundledRedis(
  keys: readonly string[] = ["password", "sessions-password", "keda-password"],
): Promise<BundledRedis> {
  const folder = temporaryFolder();
  const port = await freePort();
  const at = (text: string) =>
    text
      .replaceAll("/run/secrets/redis", join(folder, "secret"))
      .replaceAll("/run/redis/", `${folder}/`)
      .replaceAll("/etc/redis/", `${folder}/`)
      .replace("dir /data", `dir ${folder}`)
      .replace("port 6379", `port ${port}\nbind 127.0.0.1`);
  for (const file of ["redis.conf", "start.sh"]) {
    writeFileSync(join(folder, file), at(readText(`manifests/base/redis/${file}`)));
  }
  mkdirSync(join(folder, "secret"));
  const secrets: Record<string, string> = {
    password: PASSWORDS.chatbot,
    "sessions-password": PASSWORDS.sessions,
    "keda-password": PASSWORDS.keda,
  };
  for (const key of keys) writeFileSync(join(folder, "secret", key), secrets[key] ?? "");

  const server = process.env.REDIS_SERVER_PATH ?? "redis-server";
  let child: ChildProcess | undefined;
  async function start(): Promise<void> {
    const started = spawn("sh", [join(folder, "start.sh")], {
      env: { ...process.env, PATH: `${dirname(server)}:${process.env.PATH}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    let said = "";
    for (const stream of [started.stdout, started.stderr])
      stream.on("data", (text) => (said += text));
    while (!(await listens(port))) {
      if (started.exitCode !== null) throw new Error(`Redis did not start: ${said}`);
      await delay(20);
    }
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }
  onTestFinished(() => end("SIGKILL"));
  await start();
  return {
    port,
    async restart() {
      await end("SIGTERM");
      await start();
    },
    url: (user) => `redis://${user}:${PASSWORDS[user]}@127.0.0.1:${port}`,
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
