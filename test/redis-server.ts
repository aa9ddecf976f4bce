import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface RedisServerOptions {
  /** Keeps an append-only file, so that what was written survives `restart`. Default: no. */
  readonly persistent?: boolean;
  /** What clients must log in with. */
  readonly password?: string;
  /** More words of the command line, say `["--maxmemory", "10mb"]`. */
  readonly args?: readonly string[];
}

/** A redis-server of the test's own, on a loopback port, with a directory of its own. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Where its files lie; removed by `stop`. */
  readonly directory: string;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Ends the process and waits for it; SIGKILL loses what a crash loses, SIGSTOP only freezes it. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same files, ending it first where it still runs. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** Starts a redis-server and waits until it answers. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), "chatbot-redis-"));
  const port = await freePort();
  let child = await launch(port, directory, options);

  async function kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (ended(child)) return;
    const exit = once(child, "exit");
    child.kill(signal);
    if (signal === "SIGSTOP" || signal === "SIGCONT") return;
    // A frozen process acts on no signal but SIGKILL until it is woken.
    child.kill("SIGCONT");
    await exit;
  }

  return {
    url: `redis://${options.password ? `:${encodeURIComponent(options.password)}@` : ""}127.0.0.1:${port}`,
    port,
    directory,
    get pid() {
      return child.pid ?? 0;
    },
    kill,
    async restart() {
      await kill("SIGTERM");
      child = await launch(port, directory, options);
    },
    async stop() {
      await kill("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A loopback port that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function launch(port: number, directory: string, options: RedisServerOptions) {
  const child = spawn(
    process.env.REDIS_SERVER_PATH ?? "redis-server",
    [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", directory, "--save", ""],
      ...["--appendonly", options.persistent ? "yes" : "no", "--appendfsync", "everysec"],
      ...["--maxmemory-policy", "noeviction", "--daemonize", "no"],
      ...(options.password ? ["--requirepass", options.password] : []),
      ...(options.args ?? []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      said = (said + text).slice(-4096);
    });
  }
  child.once("error", (error) => {
    said += error.message;
  });
  // A test process that dies must not leave its Redis behind.
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));

  const deadline = Date.now() + 15_000;
  while (!(await answers(port, options.password))) {
    if (ended(child) || child.pid === undefined || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`redis-server did not start on port ${port}: ${said.trim()}`);
    }
    await delay(20);
  }
  return child;
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Whether a PING is answered with PONG: not while it still loads its file. */
function answers(port: number, password: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => done(false));
    socket.once("error", () => done(false));
    socket.once("close", () => done(false));
    socket.once("connect", () => {
      socket.write(`${password ? `AUTH ${JSON.stringify(password)}\r\n` : ""}PING\r\n`);
    });
    socket.on("data", (text) => {
      said += text;
      if (said.includes("+PONG\r\n")) done(true);
      else if (/^-(?!NOAUTH)/m.test(said)) done(false);
    });
  });
}
