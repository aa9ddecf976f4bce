import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { expect, vi } from "vitest";
import { freePort, type RedisServer, startRedisServer } from "./redis-server.ts";

// Each server is ended with this process, and there are many.
process.setMaxListeners(40);

/** How long a topology may take to come up or to fail over on a busy machine, in ms. */
const PATIENCE = { timeout: 60_000, interval: 50 };

/** Waits until what is seen is as wanted. */
async function until<Seen>(look: () => Promise<Seen>, wanted: (seen: Seen) => void): Promise<void> {
  await vi.waitFor(async () => wanted(await look()), PATIENCE);
}

/** What `client` of one server answers to a command, as it is. */
export async function ask<Reply = unknown>(url: string, ...args: string[]): Promise<Reply> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await client.sendCommand<Reply>(args);
  } finally {
    await client.disconnect();
  }
}

/** One of the lines `name:value` that INFO and CLUSTER INFO say; `""` where the server is away. */
async function info(url: string, name: string, ...args: string[]): Promise<string> {
  const text = await ask<string>(url, ...args).catch(() => "");
  return new RegExp(`^${name}:(.*?)\r?$`, "m").exec(text)?.[1] ?? "";
}

/** Three masters, each with a replica. */
export interface ClusterServers {
  readonly url: string;
  /** The first three were the masters at the start, each of a third of the slots; then their replicas. */
  readonly servers: readonly RedisServer[];
  /** Kills the master of that third, from 0, and waits until its replica has taken over. */
  failOver(shard: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<ClusterServers> {
  const launch = async () =>
    await startRedisServer({
      persistent: true,
      args: [
        ...["--cluster-enabled", "yes", "--cluster-port", String(await freePort())],
        ...["--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"],
        ...["--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0"],
      ],
    });
  const servers = await Promise.all(Array.from({ length: 6 }, launch));
  const masters = servers.slice(0, 3);
  const [first, ...others] = servers as [RedisServer, ...RedisServer[]];
  const bounds = [0, 5461, 10923, 16384];
  for (const [at, { url }] of masters.entries()) {
    const [from = 0, to = 0] = bounds.slice(at, at + 2);
    await ask(url, "CLUSTER", "ADDSLOTSRANGE", String(from), String(to - 1));
    await ask(url, "CLUSTER", "SET-CONFIG-EPOCH", String(at + 1));
  }
  const [, bus = ""] = await ask<string[]>(first.url, "CONFIG", "GET", "cluster-port");
  for (const { url } of others) {
    await ask(url, "CLUSTER", "MEET", "127.0.0.1", String(first.port), bus);
  }
  const all = (name: string, value: string, ...args: string[]) =>
    until(
      () => Promise.all(servers.map(({ url }) => info(url, name, ...args))),
      (seen) => expect(seen).toEqual(servers.map(() => value)),
    );
  await all("cluster_known_nodes", "6", "CLUSTER", "INFO");
  for (const [at, { url }] of masters.entries()) {
    const id = await ask<string>(url, "CLUSTER", "MYID");
    const replica = servers[at + 3]?.url ?? "";
    await until(
      () => ask(replica, "CLUSTER", "REPLICATE", id).catch(String),
      (seen) => expect(seen).toBe("OK"),
    );
  }
  await all("cluster_state", "ok", "CLUSTER", "INFO");
  for (const { url } of servers.slice(3)) {
    await until(
      () => info(url, "master_link_status", "INFO"),
      (seen) => expect(seen).toBe("up"),
    );
  }
  return {
    url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    servers,
    async failOver(shard) {
      const replica = servers[shard + 3]?.url ?? "";
      await servers[shard]?.kill();
      await until(
        () => info(replica, "role", "INFO"),
        (seen) => expect(seen).toBe("master"),
      );
      await until(
        () => info(replica, "cluster_state", "CLUSTER", "INFO"),
        (seen) => expect(seen).toBe("ok"),
      );
    },
    stop: () => stopAll(servers),
  };
}

/** A master, two replicas and three sentinels. */
export interface SentinelServers {
  readonly url: string;
  /** The first was the master at the start. */
  readonly servers: readonly RedisServer[];
  /** From now on the replicas get nothing of what the master is told. */
  cutReplication(): Promise<void>;
  /** Kills the master and waits until the sentinels have made a replica it. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSentinels(password = ""): Promise<SentinelServers> {
  const auth = password === "" ? [] : ["--masterauth", password];
  const options = { persistent: true, ...(password === "" ? {} : { password }) };
  const args = ["--repl-diskless-sync-delay", "0", ...auth];
  const master = await startRedisServer({ ...options, args });
  const replicas = await Promise.all(
    [1, 2].map(() =>
      startRedisServer({
        ...options,
        args: [...args, "--replicaof", `127.0.0.1 ${master.port}`],
      }),
    ),
  );
  for (const { url } of replicas) {
    await until(
      () => info(url, "master_link_status", "INFO"),
      (seen) => expect(seen).toBe("up"),
    );
  }
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port, password)));
  for (const { url } of sentinels) {
    const known = async () => {
      const reply = await ask<string[]>(url, "SENTINEL", "MASTER", "main");
      const field = (name: string) => reply[reply.indexOf(name) + 1];
      return [field("num-slaves"), field("num-other-sentinels")];
    };
    await until(known, (seen) => expect(seen).toEqual(["2", "2"]));
  }
  const servers = [master, ...replicas];
  const user = password === "" ? "" : `:${encodeURIComponent(password)}@`;
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
  return {
    url: `redis+sentinel://${user}${hosts}/main`,
    servers,
    async cutReplication() {
      await ask(master.url, "ACL", "SETUSER", "default", "-psync", "-sync");
      await ask(master.url, "CLIENT", "KILL", "TYPE", "replica");
      for (const { url } of replicas) {
        await until(
          () => info(url, "master_link_status", "INFO"),
          (seen) => expect(seen).toBe("down"),
        );
      }
    },
    async failOver() {
      await master.kill();
      const roles = () => Promise.all(replicas.map(({ url }) => info(url, "role", "INFO")));
      await until(roles, (seen) => expect(seen).toContain("master"));
    },
    stop: () => stopAll([...sentinels, ...servers]),
  };
}

/** Sentinels have a file of their own, which they write to. */
async function startSentinel(masterPort: number, password: string) {
  const directory = await mkdtemp(join(tmpdir(), "chatbot-sentinel-"));
  const port = await freePort();
  const file = join(directory, "sentinel.conf");
  const lines = [
    ...[`port ${port}`, "bind 127.0.0.1", `dir ${directory}`],
    `sentinel monitor main 127.0.0.1 ${masterPort} 2`,
    "sentinel down-after-milliseconds main 1000",
    "sentinel failover-timeout main 5000",
    ...(password === "" ? [] : [`sentinel auth-pass main ${JSON.stringify(password)}`]),
  ];
  await writeFile(file, `${lines.join("\n")}\n`);
  const path = process.env.REDIS_SERVER_PATH ?? "redis-server";
  const child = spawn(path, [file, "--sentinel"], { stdio: "ignore" });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  const exited = once(child, "exit");
  const url = `redis://127.0.0.1:${port}`;
  await until(
    () => ask(url, "PING").catch(String),
    (seen) => expect(seen).toBe("PONG"),
  );
  return {
    url,
    port,
    async stop() {
      end();
      process.off("exit", end);
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function stopAll(servers: readonly { stop(): Promise<void> }[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
