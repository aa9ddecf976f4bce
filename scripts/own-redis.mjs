import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, realpathSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hold } from "./ports.mjs";
import { probe, probeReady as probeUrl, requireVersion } from "./redis-client.mjs";
import { findCommand, needFolder, PROJECT, run } from "./run.mjs";
import { Refusal, say } from "./say.mjs";

const STOP_MS = 15_000;

/** What each start calls its connection, so that others see that it is there, and on which port. */
const nameOf = (port) => `chatbot-start-${port}`;

/**
 * A Redis of our own, which keeps its data in `.data/redis`. Where another start from this folder
 * runs one, or one outlived its start, that one is shared: two would destroy each other's files.
 */
export async function findOwnRedis({ server, port, signal }) {
  const data = realpathSync(needFolder(".data", "redis"));
  for (const redisPort of portsOf(data)) {
    const found = await probeReady(redisPort, signal);
    if (found.state === "absent") {
      const redis = await startOne({ server, data, redisPort, port, signal });
      if (redis !== undefined) return redis;
    }
    // One that was absent may have been started by another start meanwhile.
    const { state, client } =
      found.state === "absent" ? await probeReady(redisPort, signal) : found;
    if (state !== "ready") continue;
    if (await isOurs(client, data)) {
      say("Using the Redis of this folder; conversations are kept in .data/.");
      return share(client, redisPort, port);
    }
    client.close();
  }
  throw new Refusal("No port is free for Redis. Set REDIS_OM_URL to one that runs.");
}

/** Starts a Redis on this port; `undefined` where another start was quicker. */
async function startOne({ server, data, redisPort, port, signal }) {
  const child = await launch(server, redisPort, data, signal);
  if (child === undefined) return undefined;
  try {
    const { state, client, version, reason } = await probeReady(redisPort, signal);
    if (state !== "ready") throw new Refusal(`Redis started, and is of no use: ${reason}`);
    requireVersion(version, `the one on this machine (${server})`);
    const redis = await share(client, redisPort, port);
    say(`Started Redis on port ${redisPort}; conversations are kept in .data/.`);
    return redis;
  } catch (error) {
    child.kill("SIGTERM");
    throw error;
  }
}

/** Whether a server that was started from this folder holds this port. */
export async function runsHere(port) {
  const data = join(PROJECT, ".data", "redis");
  if (!existsSync(data)) return false;
  const [redisPort] = portsOf(realpathSync(data));
  const { client } = await probe(urlOf(redisPort));
  const names = client === undefined ? [] : await startsOf(client);
  client?.close();
  return names.includes(nameOf(port));
}

/**
 * Where the Redis of a folder listens: always the same port, so that the machine itself sees to it
 * that there is one at most; the next one only where a stranger has it.
 */
function portsOf(data) {
  const hash = createHash("sha256").update(data).digest();
  const first = 20_000 + (hash.readUInt16BE() % 10_000);
  return [first, first + 1, first + 2];
}

function probeReady(port, signal) {
  return probeUrl(urlOf(port), signal);
}

function urlOf(port) {
  return `redis://127.0.0.1:${port}`;
}

async function isOurs(client, data) {
  try {
    const [, folder] = await client.send("CONFIG", "GET", "dir");
    return folder === data;
  } catch {
    return false;
  }
}

/** Runs Redis on this port until it listens; `undefined` where another start was quicker. */
async function launch(server, port, data, signal) {
  // Who holds the port says what a Redis says that is not ready yet: other starts wait for it.
  const letGo = await hold(port, "127.0.0.1", "-LOADING another start is at it\r\n");
  if (letGo === undefined) return undefined;
  try {
    await repair(data, signal);
  } finally {
    await letGo();
  }
  signal.throwIfAborted();
  const child = spawn(
    server,
    [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", data, "--daemonize", "no"],
      ...["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""],
      ...["--maxmemory-policy", "noeviction"],
    ],
    // A group of its own: the terminal's Ctrl-C must not end it before the server has drained.
    { detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  const keep = (text) => {
    said = (said + text).slice(-4096);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  let ended = false;
  const end = (error) => {
    ended = true;
    keep(error?.message ?? "");
  };
  child.once("error", end);
  child.once("close", () => end());
  // The pipes and the process itself are no reason to stay: the connection is.
  child.unref();
  child.stdout.unref();
  child.stderr.unref();
  while (!ended) {
    const { state, client } = await probe(urlOf(port));
    client?.close();
    if (state !== "absent") return child;
    await delay(20);
  }
  if (/Address already in use/.test(said)) return undefined;
  process.stderr.write(`${said.trimEnd()}\n`);
  throw new Refusal("Redis did not start: see above. Or set REDIS_OM_URL to one that runs.");
}

/**
 * Cuts off the last entry of the append-only file where a crash left only a part of it. Redis does
 * so too, but may leave the beginning of a transaction, into which the next one then falls.
 */
async function repair(data, signal) {
  const manifest = join(data, "appendonlydir", "appendonly.aof.manifest");
  const check = findCommand("redis-check-aof", "valkey-check-aof");
  if (check === undefined || !existsSync(manifest)) return;
  try {
    await run(check, [manifest], { failure: "torn", quiet: true, signal });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const copy = join(dirname(data), "redis-before-repair");
    say("Redis was cut off while it wrote: removing the half-written end (a copy is in .data/).");
    rmSync(copy, { recursive: true, force: true });
    cpSync(data, copy, { recursive: true });
    await run(check, ["--fix", manifest], {
      failure: `The conversations kept in .data/redis cannot be read. Move them away to begin anew: mv .data/redis .data/redis-damaged`,
      input: "y\n",
      signal,
    });
  }
}

/** Counts this start among those that use a Redis; the last to stop ends it. */
async function share(client, redisPort, port) {
  await client.send("CLIENT", "SETNAME", nameOf(port));
  return {
    url: urlOf(redisPort),
    lost: client.closed,
    async stop() {
      try {
        if ((await startsOf(client)).length > 1) return client.close();
        // It flushes its file before it closes the connection.
        client.send("SHUTDOWN").catch(() => {});
        const late = delay(STOP_MS, "late", { ref: false });
        if ((await Promise.race([client.closed, late])) === "late") {
          say(`Redis on port ${redisPort} has not stopped yet.`);
        }
      } catch {
        // It is gone already.
      }
    },
  };
}

/** The names of the starts that are connected now. */
async function startsOf(client) {
  const list = await client.send("CLIENT", "LIST");
  return [...list.matchAll(/ name=(chatbot-start-\d+) /g)].map(([, name]) => name);
}
