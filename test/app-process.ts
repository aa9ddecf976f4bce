import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import * as z from "zod/mini";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const Started = z.object({
  msg: z.literal("started"),
  port: z.optional(z.number()),
  adminPort: z.number(),
});

/** One process of the product, as an operator starts it. */
export interface AppProcess {
  /** `http://127.0.0.1:<port>`; of a worker, which serves nothing, the admin port's. */
  readonly url: string;
  readonly adminUrl: string;
  readonly child: ChildProcess;
  /** Lines of its log so far. */
  readonly lines: readonly string[];
  /** Ends it and waits for its exit code; SIGKILL, SIGTERM, … */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `src/main.ts`, or that of another version, on free ports with this environment and waits until it serves. */
export async function startApp(
  env: Readonly<Record<string, string>>,
  main = MAIN,
): Promise<AppProcess> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, PORT: "0", ADMIN_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const errors: string[] = [];
  child.stderr.on("data", (data: Buffer) => errors.push(data.toString()));
  const started = new Promise<z.infer<typeof Started>>((resolve, reject) => {
    let rest = "";
    child.stdout.on("data", (data: Buffer) => {
      const parts = `${rest}${data}`.split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) {
        lines.push(line);
        const parsed = Started.safeParse(JSON.parse(line));
        if (parsed.success) resolve(parsed.data);
      }
    });
    child.once("exit", (code) => reject(new Error(`exit ${code}: ${errors.join("")}`)));
  });
  async function end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    }
    return child.exitCode;
  }
  onTestFinished(async () => {
    await end("SIGKILL");
  });
  const { port, adminPort } = await started;
  return {
    url: `http://127.0.0.1:${port ?? adminPort}`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    child,
    lines,
    end,
  };
}
