import { createCluster } from "redis";
import { clientOptions, inTime, passwordOf, socketOptions } from "./redis-node.ts";
import type { RedisAddress, RedisTarget } from "./redis-url.ts";

/** Longest wait for a first look at the slots, in ms: some of the nodes asked may be gone. */
const DISCOVER_TIMEOUT_MS = 10_000;
/** How long a cluster that was replaced stays open for the replies that are due, in ms. */
const RETIRE_MS = 3_000;

export type RedisCluster = ReturnType<typeof createCluster>;

/**
 * Reads the slots from one of the nodes and connects to others when they are first needed. Any
 * connection that breaks makes the whole of it `lost`: node-redis 4 follows MOVED, but neither
 * revives a node's connection nor looks for the heir of a node that is gone. Its sharded pub/sub is
 * not used: when it reconnects it asks for channels of different slots in one command, which a
 * cluster refuses, and at a fail-over it forgets them.
 */
export async function openCluster(
  target: RedisTarget,
  lost: (error: Error) => void,
): Promise<RedisCluster> {
  const cluster = createCluster({
    rootNodes: target.addresses.map(({ host, port }) => ({ socket: { host, port } })),
    // Else a node that is down keeps us from all others.
    minimizeConnections: true,
    defaults: {
      ...clientOptions(target, await passwordOf(target)),
      pingInterval: 5_000,
      socket: socketOptions(target),
    },
  });
  let open = false;
  // A node that does not answer the first question is no loss: the next is asked.
  cluster.on("error", (error: Error) => {
    if (open) lost(error);
  });
  try {
    await inTime(cluster.connect(), DISCOVER_TIMEOUT_MS);
    open = true;
    return cluster;
  } catch (error) {
    await cluster.disconnect().catch(() => undefined);
    throw error;
  }
}

/** Ends a cluster; one that was `replaced` once the replies that are due have had time to come. */
export async function closeCluster(cluster: RedisCluster, replaced: boolean): Promise<void> {
  if (replaced) await new Promise((resolve) => setTimeout(resolve, RETIRE_MS).unref());
  await cluster.disconnect().catch(() => undefined);
}

/** Who serves a slot; `undefined` where nobody does. */
export function masterOf(cluster: RedisCluster, slot: number): RedisAddress | undefined {
  const shard: RedisCluster["slots"][number] | undefined = cluster.slots[slot];
  return shard && { host: shard.master.host, port: shard.master.port };
}

/** Asks the masters for a sign of life. @throws where none gives one: a part is better than nothing. */
export async function pingMasters(cluster: RedisCluster): Promise<void> {
  await Promise.any(
    cluster.masters.map(async (master) => {
      const client = await cluster.nodeClient(master);
      await client.ping();
    }),
  );
}
