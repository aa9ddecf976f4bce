import { keepConnected, type Link } from "./keep-connected.ts";
import { COMMAND_TIMEOUT_MS, closeNode, inTime, openNode, type RedisClient } from "./redis-node.ts";
import type { RedisAddress, RedisTarget } from "./redis-url.ts";

/** A connection to the master, and where that is. */
export interface MasterConnection {
  readonly client: RedisClient;
  readonly address: RedisAddress;
}

/** The sentinels of one master. */
export interface Sentinels {
  /** Connects to whom the sentinels call the master, and who calls itself so. */
  openMaster(lost: (error: Error) => void): Promise<MasterConnection>;
  /**
   * Calls back with the master's address whenever the sentinels may have made another one it: at a
   * fail-over, and each time that their word was out of hearing.
   */
  watch(listener: (master: RedisAddress) => void, onError: (error: Error) => void): Link<unknown>;
}

/** Asks these sentinels; they may have a password of their own or none: the URL's is tried. */
export function createSentinels(target: RedisTarget): Sentinels {
  const { master: name, addresses } = target;
  /** The one to ask first: who answered last, or the one after who did not. */
  let next = 0;

  async function openSentinel(lost?: (error: Error) => void): Promise<RedisClient> {
    const address = addresses[next % addresses.length] ?? addresses[0];
    const open = { tls: target.tls, database: 0 };
    try {
      const client = await openNode(address, open, lost);
      try {
        await inTime(client.ping(), COMMAND_TIMEOUT_MS);
        return client;
      } catch (error) {
        await closeNode(client);
        if (!(error instanceof Error && error.message.startsWith("NOAUTH"))) throw error;
        return await openNode(address, { ...target, database: 0 }, lost);
      }
    } catch (error) {
      next = (next + 1) % addresses.length;
      throw error;
    }
  }

  async function ask(): Promise<RedisAddress> {
    const errors: unknown[] = [];
    for (let asked = 0; asked < addresses.length; asked += 1) {
      try {
        const sentinel = await openSentinel();
        try {
          const reply = await inTime(
            sentinel.sendCommand<unknown>(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]),
            COMMAND_TIMEOUT_MS,
          );
          const master = parseMaster(reply);
          if (master !== undefined) return master;
          next = (next + 1) % addresses.length;
        } finally {
          await closeNode(sentinel);
        }
      } catch (error) {
        errors.push(error);
      }
    }
    throw new AggregateError(errors, `no sentinel knows a master "${name}"`);
  }

  return {
    async openMaster(lost) {
      const address = await ask();
      const client = await openNode(address, target, lost);
      try {
        const reply = await inTime(client.sendCommand<unknown>(["ROLE"]), COMMAND_TIMEOUT_MS);
        const role = Array.isArray(reply) ? reply[0] : undefined;
        if (role !== "master") throw new Error(`the master of the sentinels is a ${role}`);
        return { client, address };
      } catch (error) {
        // Whom that one calls the master is out of date: another is asked next.
        next = (next + 1) % addresses.length;
        await closeNode(client);
        throw error;
      }
    },

    watch(listener, onError) {
      return keepConnected({
        async open(lost) {
          const sentinel = await openSentinel(lost);
          await inTime(
            sentinel.subscribe("+switch-master", (message) => {
              const [switched, , , host, port] = message.split(" ");
              const master = switched === name && parseMaster([host, port]);
              if (master) listener(master);
            }),
            COMMAND_TIMEOUT_MS,
          );
          return sentinel;
        },
        end: closeNode,
        onOpen: () => {
          ask().then(listener, onError);
        },
        onError,
      });
    },
  };
}

function parseMaster(reply: unknown): RedisAddress | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [host, port] = reply;
  const number = Number(port);
  if (typeof host !== "string" || !Number.isInteger(number) || number <= 0) return undefined;
  return { host, port: number };
}
