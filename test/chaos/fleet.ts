import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { onTestFinished } from "vitest";
import type { WorkerNews, WorkerSettings } from "./worker-process.ts";

const PROGRAM = fileURLToPath(new URL("worker-process.ts", import.meta.url));
const SCRIPTS = fileURLToPath(new URL("../../src/persistence/scripts", import.meta.url));
/** Processes that stand ready to take a dead one's place. */
const SPARES = 2;

/** A test process that dies must not leave workers behind. */
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  /** Generations that it claimed, in their order. */
  readonly claimed: readonly string[];
  /** The signal that ended it, or its code. */
  readonly exited: Promise<string | number | null>;
  /** Resolves once it could begin. */
  readonly ready: Promise<void>;
  /** Lets it begin to claim, `more` said beside its settings. */
  begin(more?: Partial<WorkerSettings>): void;
  signal(signal: NodeJS.Signals): void;
}

/** What the processes of a fleet told. */
export interface FleetCounts {
  kills: number;
  takeOvers: number;
  fenced: number;
  healed: number;
  readonly errors: string[];
}

/** Workers that are replaced as soon as they die. */
export interface Fleet {
  readonly counts: FleetCounts;
  /** Those that work now. */
  readonly workers: readonly WorkerProcess[];
  /** Ends one with SIGKILL; another begins at once. */
  kill(worker: WorkerProcess): Promise<void>;
  /** Kills all at once; as many others begin. */
  killAll(): Promise<void>;
  /** Calls back with each claim. */
  onClaim(listener: (generationId: string, by: WorkerProcess, takeOver: boolean) => void): void;
}

export function newCounts(): FleetCounts {
  return { kills: 0, takeOvers: 0, fenced: 0, healed: 0, errors: [] };
}

/**
 * The worker's program as one file: it starts in a third of the time, and hundreds are started.
 * Removed when the test ends.
 */
export async function bundleWorker(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "chatbot-chaos-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await build({
    configFile: false,
    logLevel: "silent",
    ssr: { noExternal: true },
    build: { ssr: PROGRAM, outDir: directory, emptyOutDir: false },
  });
  await cp(SCRIPTS, join(directory, "scripts"), { recursive: true });
  return join(directory, "worker-process.js");
}

/** Starts one worker process; it waits for `begin`. Who starts it ends it. */
export function spawnWorker(
  program: string,
  settings: WorkerSettings,
  onNews: (news: WorkerNews) => void,
): WorkerProcess {
  const child: ChildProcess = spawn(process.execPath, [program, JSON.stringify(settings)], {
    // What was compiled once need not be again.
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(dirname(program), "compiled") },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const claimed: string[] = [];
  const exited = once(child, "exit").then(([code, signal]) => signal ?? code);
  alive.add(child);
  child.once("exit", () => alive.delete(child));
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (news: WorkerNews) => {
      if (news.type === "ready") resolve();
      if (news.type === "claimed") claimed.push(news.generationId);
      onNews(news);
    });
    child.once("exit", () => reject(new Error("A worker died before it began.")));
  });
  // Who waits for it is told; one that is killed while nobody waits is no error.
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    claimed,
    exited,
    ready,
    begin: (more = {}) => child.connected && child.send(more),
    signal: (signal) => child.kill(signal),
  };
}

/** Starts `size` workers, and spare ones. */
export async function startFleet(settings: WorkerSettings, size: number): Promise<Fleet> {
  const program = await bundleWorker();
  const counts = newCounts();
  const listeners: Parameters<Fleet["onClaim"]>[0][] = [];
  const workers: WorkerProcess[] = [];
  const spares: WorkerProcess[] = [];

  function hire(): WorkerProcess {
    const worker = spawnWorker(program, settings, (news) => {
      if (news.type === "fenced") counts.fenced += 1;
      if (news.type === "healed") counts.healed += 1;
      if (news.type === "error") counts.errors.push(news.words);
      if (news.type !== "claimed") return;
      if (news.takeOver) counts.takeOvers += 1;
      for (const listener of listeners) listener(news.generationId, worker, news.takeOver);
    });
    worker.exited.then(
      (how) => how === "SIGKILL" || counts.errors.push(`a worker ended with ${how}`),
      () => undefined,
    );
    return worker;
  }

  function begin(): void {
    const worker = spares.shift() ?? hire();
    worker.begin();
    workers.push(worker);
    spares.push(hire());
  }

  async function kill(worker: WorkerProcess): Promise<void> {
    workers.splice(workers.indexOf(worker), 1);
    counts.kills += 1;
    worker.signal("SIGKILL");
    await worker.exited;
    begin();
  }

  onTestFinished(() => {
    for (const worker of [...workers, ...spares]) worker.signal("SIGKILL");
  });
  for (let spare = 0; spare < SPARES; spare += 1) spares.push(hire());
  for (let one = 0; one < size; one += 1) begin();
  await Promise.all(workers.map(({ ready }) => ready));
  return {
    counts,
    workers,
    kill,
    async killAll() {
      await Promise.all([...workers].map(kill));
    },
    onClaim: (listener) => void listeners.push(listener),
  };
}
