import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createClient, ErrorReply } from "redis";
import { ChatError } from "../domain/errors.ts";

/** Longest wait for a reply, in ms: a frozen Redis must not freeze us. */
const COMMAND_TIMEOUT_MS = 2_000;
/** Longest pause between two attempts to connect, in ms. */
const MAX_RECONNECT_MS = 1_000;

export type RedisClient = ReturnType<typeof createClient>;
export type Reply = string | number | null | Reply[];

/** Connections to one Redis, shared by every adapter of this process. */
export interface Redis {
  /** For libraries that want a client of their own kind. Never blocks. */
  readonly client: RedisClient;
  /** For pub/sub alone. */
  readonly subscriber: RedisClient;
  /**
   * Awaits a reply within the deadline. @throws ChatError `unavailable` when Redis is away, silent,
   * full or not a primary.
   */
  run<Result>(command: (client: RedisClient) => Promise<Result>): Promise<Result>;
  /** Runs a script of `scripts/`, by its hash. @throws as `run`. */
  script(name: string, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply>;
  /** Calls back each time the pub/sub connection is there again after a loss. */
  onReconnected(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface RedisOptions {
  readonly url: string;
  /** Told of connection errors, at most one a reconnect. */
  readonly onError?: (error: Error) => void;
}

/**
 * Connects, and keeps connecting for ever: a Redis that is away makes calls fail, not the process.
 * Resolves at once; calls before the first connection are `unavailable`.
 */
export function connectRedis({ url, onError = () => undefined }: RedisOptions): Redis {
  const client: RedisClient = createClient({
    url,
    // A command must fail at once while Redis is away, not wait in memory and take effect later.
    disableOfflineQueue: true,
    commandsQueueMaxLength: 100_000,
    pingInterval: 10_000,
    socket: {
      connectTimeout: COMMAND_TIMEOUT_MS,
      keepAlive: 5_000,
      noDelay: true,
      reconnectStrategy: (retries) =>
        Math.min(MAX_RECONNECT_MS, 50 * 2 ** Math.min(retries, 5)) * (0.5 + Math.random() / 2),
    },
  });
  const subscriber = client.duplicate();
  const listeners = new Set<() => void>();
  let subscribed = false;
  for (const one of [client, subscriber]) one.on("error", onError);
  subscriber.on("ready", () => {
    if (subscribed) for (const listener of listeners) listener();
    subscribed = true;
  });
  const opening = [client, subscriber].map((one) => one.connect().catch(onError));

  const run: Redis["run"] = async (command) => {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("no reply in time")), COMMAND_TIMEOUT_MS);
    });
    try {
      return await Promise.race([command(client), deadline]);
    } catch (cause) {
      throw translate(cause);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    client,
    subscriber,
    run,
    script: (name, keys, args) =>
      run(async (connected) => {
        const { sha, source } = loadScript(name);
        const rest = [String(keys.length), ...keys, ...args.map(String)];
        try {
          return await connected.sendCommand<Reply>(["EVALSHA", sha, ...rest]);
        } catch (error) {
          if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
          return await connected.sendCommand<Reply>(["EVAL", source, ...rest]);
        }
      }),
    onReconnected(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await Promise.race([Promise.all(opening), timeout(100)]);
      await Promise.all([client, subscriber].map((one) => closeClient(one)));
    },
  };
}

/** Whether an error is Redis' way to say "not now", and not a mistake of ours. */
const NOT_NOW =
  /^(OOM|LOADING|MASTERDOWN|READONLY|NOREPLICAS|NOAUTH|WRONGPASS|BUSY|TRYAGAIN|CLUSTERDOWN|MISCONF|NOPERM)/;

function translate(cause: unknown): unknown {
  if (cause instanceof ChatError) return cause;
  if (cause instanceof ErrorReply && !NOT_NOW.test(cause.message)) return cause;
  return new ChatError("unavailable", "The store does not answer right now.", {
    cause,
    retryAfterMs: 1_000,
  });
}

async function closeClient(client: RedisClient): Promise<void> {
  try {
    if (client.isReady) await Promise.race([client.quit(), timeout(500)]);
  } finally {
    if (client.isOpen) await client.disconnect().catch(() => undefined);
  }
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

interface Script {
  readonly source: string;
  readonly sha: string;
}
const scripts = new Map<string, Script>();

/** Every script begins with `shared.lua`: Redis has no modules. */
function loadScript(name: string): Script {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const read = (file: string) =>
    readFileSync(new URL(`scripts/${file}.lua`, import.meta.url), "utf8");
  const source = `${read("shared")}\n${read(name)}`;
  const script = { source, sha: createHash("sha1").update(source).digest("hex") };
  scripts.set(name, script);
  return script;
}
