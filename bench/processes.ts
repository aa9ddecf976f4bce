import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type RedisServer, startRedisServer } from "../test/redis-server.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
/** The kernel's clock ticks a second, as `/proc/<pid>/stat` counts them: 100 wherever Linux runs. */
const TICKS_PER_SECOND = 100;

/** A process of the bench's own. */
export interface Started {
  readonly pid: number;
  readonly url: string;
  readonly child: ChildProcess;
  /** Asks over IPC; resolves with the next answer. */
  ask<Answer>(message: object | string): Promise<Answer>;
  end(signal?: NodeJS.Signals): Promise<void>;
}

const children = new Set<ChildProcess>();
// Ends what was started, however this process ends.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    process.stderr.write(`ended by ${signal}
`);
    process.exit(1);
  });
}
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

function keep(child: ChildProcess): void {
  children.add(child);
  child.once("exit", () => children.delete(child));
}

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

/** Starts a file of `bench/`; `url` is what it says of itself, if `says`. */
export async function startBench(
  file: string,
  args: readonly (string | number)[] = [],
  says = true,
): Promise<Started> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(process.execPath, [path, ...args.map(String)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  keep(child);
  const answer = async <Answer>(): Promise<Answer> => {
    const [message] = await once(child, "message");
    return message as Answer;
  };
  const { url } = says ? await answer<{ url: string }>() : { url: "" };
  return {
    pid: child.pid ?? 0,
    url,
    child,
    async ask(message) {
      const answered = answer();
      child.send(message);
      return (await answered) as never;
    },
    end: (signal) => end(child, signal),
  };
}

/** Starts the product as an operator does, on free ports. */
export async function startApp(
  env: Readonly<Record<string, string>>,
  nodeArgs: readonly string[] = [],
): Promise<Omit<Started, "ask">> {
  const child = spawn(process.execPath, [...nodeArgs, MAIN], {
    env: { PATH: process.env.PATH, PORT: "0", ADMIN_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  keep(child);
  const started = new Promise<{ port?: number; adminPort: number }>((resolve, reject) => {
    let text = "";
    child.once("exit", (code) => reject(new Error(`the app ended with ${code}`)));
    child.stdout.on("data", (data: Buffer) => {
      if (text === "started") return;
      text += data;
      const line = text.split("\n").find((one) => one.includes('"msg":"started"'));
      if (line === undefined) return;
      text = "started";
      resolve(JSON.parse(line));
    });
  });
  const { port, adminPort } = await started;
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${port ?? adminPort}`,
    child,
    end: (signal) => end(child, signal),
  };
}

/** A Redis as the product asks for: append-only file, no eviction. */
export async function startStore(): Promise<RedisServer> {
  return await startRedisServer({ persistent: true });
}

/** Seconds of CPU, user and system, that a process has used. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process, in bytes. */
export function rssBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
