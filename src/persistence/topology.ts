import { ErrorReply } from "redis";
import { closeCluster, masterOf, openCluster, pingMasters, type RedisCluster } from "./cluster.ts";
import { keepConnected, type Link } from "./keep-connected.ts";
import { hashSlot } from "./keys.ts";
import { closeNode, openNode, type RedisClient, SilenceError } from "./redis-node.ts";
import type { RedisAddress, RedisTarget } from "./redis-url.ts";
import { createSentinels } from "./sentinel.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

/** Whatever runs typed commands: of a single server, or a cluster that routes each by its key. */
export type RedisCommands = RedisClient | RedisCluster;

/** How commands and subscriptions reach the servers that a URL names. */
export interface Topology {
  /** What runs commands now; `undefined` while nothing does. */
  current(): RedisCommands | undefined;
  /** Resolves once something has. */
  readonly opened: Promise<void>;
  /** Sends a command as it is, to who serves `key`. */
  send<Reply>(commands: RedisCommands, key: string, args: (string | Buffer)[]): Promise<Reply>;
  /** A command failed this way: looks for better connections where that may help. */
  failed(commands: RedisCommands, error: unknown): void;
  ping(commands: RedisCommands): Promise<unknown>;
  readonly subscriptions: Subscriptions;
  close(): Promise<void>;
}

type OnError = (error: Error) => void;

export function connectTopology(target: RedisTarget, onError: OnError): Topology {
  switch (target.topology) {
    case "single":
      return connectSingle(target, onError);
    case "sentinel":
      return connectSentinel(target, onError);
    case "cluster":
      return connectCluster(target, onError);
    default:
      return target.topology satisfies never;
  }
}

/** Everything on one server. */
const ONE_SERVER = { serverOf: () => "", groupOf: () => 0 } as const;

function connectSingle(target: RedisTarget, onError: OnError): Topology {
  const [address] = target.addresses;
  const link = keepConnected<RedisClient>({
    open: (lost) => openNode(address, target, lost),
    end: closeNode,
    onError,
  });
  const subscriptions = createSubscriptions({
    ...ONE_SERVER,
    open: (_server, lost) => openNode(address, target, lost),
    onError,
  });
  return { ...onOneServer(link, subscriptions), close: () => closeAll(link, subscriptions) };
}

/** One server, too: the one that the sentinels call the master. */
function connectSentinel(target: RedisTarget, onError: OnError): Topology {
  const sentinels = createSentinels(target);
  const addresses = new WeakMap<RedisClient, RedisAddress>();
  const openMaster = async (lost: OnError) => {
    const { client, address } = await sentinels.openMaster(lost);
    addresses.set(client, address);
    return client;
  };
  const link = keepConnected<RedisClient>({ open: openMaster, end: closeNode, onError });
  const subscriptions = createSubscriptions({
    ...ONE_SERVER,
    open: (_server, lost) => openMaster(lost),
    onError,
  });
  const watch = sentinels.watch((master) => {
    const isRight = (client: RedisClient) => {
      const address = addresses.get(client);
      return address?.host === master.host && address.port === master.port;
    };
    const error = new Error("the sentinels have made another server the master");
    const client = link.current();
    if (client !== undefined && !isRight(client)) link.renew(client, error);
    subscriptions.renew(isRight, error);
  }, onError);
  return { ...onOneServer(link, subscriptions), close: () => closeAll(watch, link, subscriptions) };
}

function connectCluster(target: RedisTarget, onError: OnError): Topology {
  const servers = new Map<string, RedisAddress>();
  const link = keepConnected<RedisCluster>({
    open: (lost) => openCluster(target, lost),
    end: closeCluster,
    onError,
    // Two shards of three go on while the third fails over.
    servesOn: true,
    onOpen: () => subscriptions.replace(),
  });
  const subscriptions = createSubscriptions({
    groupOf: hashSlot,
    serverOf(channel) {
      const cluster = link.current();
      const address = cluster && masterOf(cluster, hashSlot(channel));
      if (address === undefined) return undefined;
      const server = `${address.host}:${address.port}`;
      servers.set(server, address);
      return server;
    },
    open(server, lost) {
      const address = servers.get(server);
      if (address === undefined) throw new Error(`there is no server ${server}`);
      return openNode(address, target, lost);
    },
    onError(error) {
      onError(error);
      // Another server may serve these slots by now.
      link.renew(link.current(), error);
    },
  });
  return {
    current: link.current,
    opened: link.opened,
    send: (commands, key, args) =>
      "slots" in commands ? commands.sendCommand(key, false, args) : commands.sendCommand(args),
    failed(commands, error) {
      // A node that is frozen keeps its connection.
      if (error instanceof SilenceError && "slots" in commands) link.renew(commands, error);
    },
    ping: (commands) => ("slots" in commands ? pingMasters(commands) : commands.ping()),
    subscriptions,
    close: () => closeAll(link, subscriptions),
  };
}

function onOneServer(
  link: Link<RedisClient>,
  subscriptions: Subscriptions,
): Omit<Topology, "close"> {
  return {
    current: link.current,
    opened: link.opened,
    send: (commands, _key, args) => oneServer(commands).sendCommand(args),
    failed: (commands, error) => leaveReplica(link, subscriptions, commands, error),
    ping: (commands) => oneServer(commands).ping(),
    subscriptions,
  };
}

/** Who is no master any more: the sentinels, or the name in the URL, lead to who is. */
function leaveReplica(
  link: Link<RedisClient>,
  subscriptions: Subscriptions,
  commands: RedisCommands,
  error: unknown,
): void {
  if (!(error instanceof ErrorReply && /^(READONLY|MASTERDOWN)/.test(error.message))) return;
  link.renew(oneServer(commands), error);
  subscriptions.renew(() => false, error);
}

function oneServer(commands: RedisCommands): RedisClient {
  if ("slots" in commands) throw new Error("A cluster is no single server.");
  return commands;
}

async function closeAll(...parts: { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(parts.map((part) => part.close()));
}
