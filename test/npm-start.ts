import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readdir, readlink, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const NOBODY = 65_534;

/** Copies the project to a folder of its own, as a clone with its packages installed. */
export async function copyProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chatbot-start-"));
  const leftOut = new Set(["node_modules", ".git", ".data", "dist", "coverage"]);
  await cp(PROJECT, folder, {
    recursive: true,
    filter: (path) => !leftOut.has(relative(PROJECT, path)),
  });
  await symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/**
 * Copies what a start looks at before it starts anything, readable for every user but not writable,
 * with a Node of its own. `node_modules` holds npm's list of what is installed, and nothing of it.
 */
export async function copyScripts(): Promise<{ folder: string; node: string }> {
  const folder = await mkdtemp(join(tmpdir(), "chatbot-start-"));
  const list = "node_modules/.package-lock.json";
  for (const path of ["scripts", "package.json", "package-lock.json", list]) {
    await cp(join(PROJECT, path), join(folder, path), { recursive: true });
  }
  const node = join(folder, "bin", "node");
  await mkdir(join(folder, "bin"));
  await cp(process.execPath, node);
  await chmod(folder, 0o555);
  return { folder, node };
}

/** Ends what still runs in a copy and removes it. */
export async function removeCopy(folder: string): Promise<void> {
  for (const { pid } of await processesIn(folder)) process.kill(pid, "SIGKILL");
  await rm(folder, { recursive: true, force: true });
}

/** The processes that have their working directory in a folder. */
export async function processesIn(folder: string): Promise<{ pid: number; command: string }[]> {
  const found = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const [cwd, exe] = await Promise.all(
      ["cwd", "exe"].map((name) => readlink(`/proc/${pid}/${name}`).catch(() => "")),
    );
    if (cwd?.startsWith(folder)) found.push({ pid: Number(pid), command: basename(exe ?? "") });
  }
  return found;
}

export interface StartOptions {
  /** Added to an environment that has nothing but PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to run; default: `npm start -- --own-redis`, so that no Redis of the machine is touched. */
  readonly command?: readonly string[];
  /** As a user who may do little, where the tests run as root. */
  readonly asNobody?: boolean;
}

/** A start under way, in a process group of its own, as a shell with a terminal makes it. */
export interface Start {
  readonly pid: number;
  /** All it has said so far. */
  said(): string;
  /** Resolves once it has said this. @throws where it ends before. */
  says(text: string, timeoutMs?: number): Promise<void>;
  /** Sends a signal to it alone, or, as Ctrl-C does, to its whole group. */
  signal(name: NodeJS.Signals, whom?: "group"): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function start(folder: string, options: StartOptions = {}): Start {
  const [program = "npm", ...args] = options.command ?? ["npm", "start", "--", "--own-redis"];
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME ?? tmpdir(), ...options.env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.asNobody && process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (more) => {
      text += more;
    });
  }
  let running = true;
  const ended = once(child, "close").then(([code, name]) => {
    running = false;
    return code ?? name;
  });
  const pid = child.pid ?? Number.NaN;
  return {
    pid,
    said: () => text,
    async says(awaited, timeoutMs = 60_000) {
      const deadline = Date.now() + timeoutMs;
      while (!text.includes(awaited)) {
        if (!running || Date.now() > deadline) {
          throw new Error(`It never said "${awaited}", but:\n${text}`);
        }
        await delay(20);
      }
    },
    signal: (name, whom) => process.kill(whom === "group" ? -pid : pid, name),
    ended,
  };
}
