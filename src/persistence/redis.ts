import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createClient, ErrorReply } from "redis";
import { ChatError } from "../domain/errors.ts";
import { COMMAND_TIMEOUT_MS, inTime } from "./redis-node.ts";
import { parseRedisUrl } from "./redis-url.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { connectTopology, type RedisCommands } from "./topology.ts";

/** How long connections may take to end, in ms. */
const CLOSE_TIMEOUT_MS = 1_000;

export type Reply = string | number | null | Reply[];

/** Bytes go as they are. */
export type ScriptArgument = string | number | Buffer;

/** Connections to one store, shared by every adapter of this process. */
export interface Redis {
  /** For libraries that want a client of their own kind: always the one that stands now. */
  readonly client: RedisCommands;
  /**
   * Awaits the reply to commands with one key within the deadline. @throws ChatError `unavailable`
   * when Redis is away, silent, full or not a primary.
   */
  run<Result>(command: (client: RedisCommands) => Promise<Result>): Promise<Result>;
  /** Runs a script of `scripts/`, by its hash, where its first key is. @throws as `run`. */
  script(name: string, keys: readonly string[], args: readonly ScriptArgument[]): Promise<Reply>;
  /** Sharded pub/sub on connections of its own. @throws ChatError `unavailable`. */
  readonly subscribe: Subscriptions["subscribe"];
  /** Whether there is a connection for commands right now. */
  connected(): boolean;
  /** @throws ChatError `unavailable`. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface RedisOptions {
  /** As `parseRedisUrl` takes it. */
  readonly url: string;
  /** A file with the password, for a URL that has none. */
  readonly passwordFile?: string | undefined;
  /** Told of each connection that is lost and each attempt that fails. */
  readonly onError?: (error: Error) => void;
  /** Told of each script by its name, of any other command as `command`: how long it took, in ms. */
  readonly onReply?: (name: string, ms: number, failed: boolean) => void;
}

/**
 * Connects, and keeps connecting for ever: a Redis that is away makes calls fail, not the process.
 * Returns at once; calls that come while the first connection is made wait for it, for as long as
 * they would for a reply.
 */
export function connectRedis(options: RedisOptions): Redis {
  const { url, passwordFile, onError = () => undefined, onReply = () => undefined } = options;
  const target = { ...parseRedisUrl(url), ...(passwordFile !== undefined && { passwordFile }) };
  const topology = connectTopology(target, onError);
  const { current, subscriptions } = topology;
  const opening = inTime(topology.opened, COMMAND_TIMEOUT_MS).catch(() => undefined);

  function connected(): RedisCommands {
    const commands = current();
    if (commands === undefined) throw unavailable();
    return commands;
  }

  async function named<Result>(
    name: string,
    command: (client: RedisCommands) => Promise<Result>,
  ): Promise<Result> {
    const began = performance.now();
    try {
      if (current() === undefined) await opening;
      const reply = await send(command);
      onReply(name, performance.now() - began, false);
      return reply;
    } catch (error) {
      onReply(name, performance.now() - began, true);
      throw error;
    }
  }

  async function send<Result>(
    command: (client: RedisCommands) => Promise<Result>,
  ): Promise<Result> {
    const commands = connected();
    try {
      return await inTime(command(commands), COMMAND_TIMEOUT_MS);
    } catch (cause) {
      topology.failed(commands, cause);
      throw translate(cause);
    }
  }

  const run: Redis["run"] = (command) => named("command", command);

  return {
    client: createFacade(current, connected),
    run,
    script: (name, keys, args) =>
      named(name, async (commands) => {
        const { sha, source } = loadScript(name);
        const [first = ""] = keys;
        const given = args.map((arg) => (typeof arg === "number" ? String(arg) : arg));
        const rest = [String(keys.length), ...keys, ...given];
        try {
          return await topology.send<Reply>(commands, first, ["EVALSHA", sha, ...rest]);
        } catch (error) {
          if (!(error instanceof ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
          return await topology.send<Reply>(commands, first, ["EVAL", source, ...rest]);
        }
      }),
    subscribe: subscriptions.subscribe,
    connected: () => current() !== undefined,
    async ping() {
      await run((commands) => topology.ping(commands));
    },
    async close() {
      // A server that does not answer must not keep the process from ending.
      await inTime(topology.close(), CLOSE_TIMEOUT_MS).catch(() => undefined);
    },
  };
}

/**
 * A client that passes everything on to the one that stands now. LangChain looks at `isReady` and
 * connects where it is not true, which a cluster does not have and a client that is gone cannot.
 */
function createFacade(
  current: () => RedisCommands | undefined,
  connected: () => RedisCommands,
): RedisCommands {
  return new Proxy<RedisCommands>(createClient(), {
    get(_target, name) {
      if (name === "isReady" || name === "isOpen") return current() !== undefined;
      const commands = connected();
      const value: unknown = Reflect.get(commands, name, commands);
      return typeof value === "function" ? value.bind(commands) : value;
    },
  });
}

/** Whether an error is Redis' way to say "not now", and not a mistake of ours. */
const NOT_NOW =
  /^(OOM|EXECABORT|LOADING|MASTERDOWN|READONLY|NOREPLICAS|NOAUTH|WRONGPASS|BUSY|TRYAGAIN|CLUSTERDOWN|MOVED|ASK|MISCONF|NOPERM|UNBLOCKED)/;

function translate(cause: unknown): unknown {
  if (cause instanceof ChatError) return cause;
  if (cause instanceof ErrorReply && !NOT_NOW.test(cause.message)) return cause;
  return unavailable(cause);
}

function unavailable(cause?: unknown): ChatError {
  return new ChatError("unavailable", "The store does not answer right now.", {
    ...(cause === undefined ? {} : { cause }),
    retryAfterMs: 1_000,
  });
}

interface Script {
  readonly source: string;
  readonly sha: string;
}
const scripts = new Map<string, Script>();

/**
 * Every script begins with `shared.lua`: Redis has no modules. Its first line says what it may do
 * (`#!lua flags=…`); without a word a full Redis refuses it as a whole, before it has done anything,
 * and a cluster holds it to one slot.
 */
function loadScript(name: string): Script {
  const known = scripts.get(name);
  if (known !== undefined) return known;
  const read = (file: string) =>
    readFileSync(new URL(`scripts/${file}.lua`, import.meta.url), "utf8");
  const own = read(name);
  const [header = "#!lua"] = /^#!lua.*/.exec(own) ?? [];
  const body = own.startsWith(header) ? own.slice(header.length) : own;
  const source = `${header}\n${read("shared")}\n${body}`;
  const script = { source, sha: createHash("sha1").update(source).digest("hex") };
  scripts.set(name, script);
  return script;
}
