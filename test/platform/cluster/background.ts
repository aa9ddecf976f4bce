import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A program that runs until it is ended; what it says stands in a file. */
export interface Background {
  /** Resolves never, or rejects with its last words once it has ended by itself. */
  readonly broken: Promise<never>;
  /** SIGTERM, and SIGKILL where that was not enough. */
  stop(): Promise<void>;
}

/** How long a program has to end by itself. */
const STOP_MS = 10_000;

/** Starts a program whose words go to `<folder>/<name>.log`. */
export function startBackground(
  name: string,
  command: string,
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Background {
  const log = join(folder, `${name}.log`);
  const file = openSync(log, "a");
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  let stopping = false;
  const broken = new Promise<never>((_resolve, reject) => {
    const end = (why: string) => {
      if (stopping) return;
      reject(new Error(`${name} ended (${why}): ${readFileSync(log, "utf8").slice(-3_000)}`));
    };
    child.once("error", ({ message }) => end(message));
    child.once("exit", (code, signal) => end(String(signal ?? code)));
  });
  // Told to whoever waits for it; an end while nobody does is found by what then fails.
  broken.catch(() => undefined);
  return {
    broken,
    async stop() {
      stopping = true;
      await end(child);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exit;
  clearTimeout(timer);
}
