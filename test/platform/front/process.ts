import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** A program of the running test, ended with it. */
export interface Process {
  /** What it printed so far. */
  said(): string;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a program and waits until it takes connections on a loopback port. */
export async function startProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  port: number,
): Promise<Process> {
  const child = spawn(command, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => (said = (said + text).slice(-64 * 1024)));
  }
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  async function end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (isOver()) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }
  onTestFinished(() => end());
  while (!(await takesConnections(port))) {
    if (isOver()) throw new Error(`${command} did not start: ${said}`);
    await delay(20);
  }
  return { said: () => said, end };
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
