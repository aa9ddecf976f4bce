import { readFile } from "node:fs/promises";
import { createClient } from "redis";
import type { RedisAddress, RedisTarget } from "./redis-url.ts";

/** Longest wait for a reply, in ms: a frozen Redis must not freeze us. */
export const COMMAND_TIMEOUT_MS = 2_000;
/** Longest wait for a connection with its login, in ms; longer than that for the socket alone. */
const OPEN_TIMEOUT_MS = COMMAND_TIMEOUT_MS + 1_000;
/** How often a connection is tried, and how long it may take to answer, in ms. */
const HEARTBEAT_MS = 5_000;
/** How long a connection may take to say goodbye, in ms. */
const QUIT_TIMEOUT_MS = 500;

export type RedisClient = ReturnType<typeof createClient>;

/** How to log in, beside the address. */
export type RedisLogin = Pick<
  RedisTarget,
  "tls" | "username" | "password" | "passwordFile" | "database"
>;

/** The password for the next connection: one in a file may be another by now. @throws Error without its text. */
export async function passwordOf(
  login: Pick<RedisLogin, "password" | "passwordFile">,
): Promise<string | undefined> {
  if (login.passwordFile === undefined) return login.password;
  // What an editor or `echo` puts at the end is no part of it.
  const text = (await readFile(login.passwordFile, "utf8")).replace(/\r?\n$/, "");
  if (text === "") throw new Error(`the file of Redis' password is empty: ${login.passwordFile}`);
  return text;
}

/** What every client of ours has in common. */
export function clientOptions({ username }: RedisLogin, password: string | undefined) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // A command must fail at once while Redis is away, not wait in memory and take effect later.
    disableOfflineQueue: true,
    commandsQueueMaxLength: 100_000,
  };
}

/** The part of the options that is about the socket: it connects once, `keepConnected` does the rest. */
export function socketOptions({ tls }: Pick<RedisLogin, "tls">) {
  return {
    ...(tls ? { tls: true as const } : {}),
    connectTimeout: COMMAND_TIMEOUT_MS,
    keepAlive: 5_000,
    noDelay: true,
    reconnectStrategy: false as const,
  };
}

/** Connects to one server. `lost` is told once, also where it only falls silent. */
export async function openNode(
  { host, port }: RedisAddress,
  login: RedisLogin,
  lost: (error: Error) => void = () => undefined,
): Promise<RedisClient> {
  const client = createClient({
    ...clientOptions(login, await passwordOf(login)),
    database: login.database,
    socket: { ...socketOptions(login), host, port },
  });
  let over = false;
  const giveUp = (error: Error) => {
    if (over) return;
    over = true;
    clearInterval(heartbeat);
    if (client.isOpen) client.disconnect().catch(() => undefined);
    lost(error);
  };
  const heartbeat = setInterval(() => {
    if (!client.isOpen) clearInterval(heartbeat);
    else inTime(client.ping(), HEARTBEAT_MS).catch(giveUp);
  }, HEARTBEAT_MS).unref();
  client.on("error", giveUp);
  try {
    await inTime(client.connect(), OPEN_TIMEOUT_MS);
    return client;
  } catch (error) {
    over = true;
    clearInterval(heartbeat);
    if (client.isOpen) client.disconnect().catch(() => undefined);
    throw error;
  }
}

/** Says goodbye after the replies that are due, and does not wait long for them. */
export async function closeNode(client: RedisClient): Promise<void> {
  if (client.isReady) await inTime(client.quit(), QUIT_TIMEOUT_MS).catch(() => undefined);
  if (client.isOpen) await client.disconnect().catch(() => undefined);
}

/** Rejects once `ms` have passed; what comes later is ignored. */
export async function inTime<Result>(reply: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SilenceError()), ms);
  });
  try {
    return await Promise.race([reply, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** A server did not answer in time. */
export class SilenceError extends Error {
  override readonly name = "SilenceError";

  constructor() {
    super("no reply in time");
  }
}
