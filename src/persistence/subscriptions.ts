import { ChatError } from "../domain/errors.ts";
import { keepConnected, type Link } from "./keep-connected.ts";
import { COMMAND_TIMEOUT_MS, closeNode, inTime, type RedisClient } from "./redis-node.ts";

/** Channels asked for in one command. */
const CHANNELS_AT_ONCE = 500;

/** What a subscriber is told. */
export interface ChannelListener {
  message(message: string): void;
  /** The channel was lost and is subscribed to again: anything may have been missed. */
  reconnected?(): void;
}

/** Sharded pub/sub that outlives its connections. */
export interface Subscriptions {
  /**
   * Resolves once all channels are subscribed to; called back, it leaves them.
   * @throws ChatError `unavailable` when that takes too long; nothing is left behind then.
   */
  subscribe(channels: readonly string[], listener: ChannelListener): Promise<() => Promise<void>>;
  /** Moves channels to where they are served now, after that may have changed. */
  replace(): void;
  /** Connects anew wherever the connection is not the one that it should be. */
  renew(isRight: (connection: RedisClient) => boolean, error: Error): void;
  close(): Promise<void>;
}

export interface SubscriptionOptions {
  /** Names the server that serves a channel; `undefined` while none is known. */
  serverOf(channel: string): string | undefined;
  /** Channels that may stand in one command say the same. */
  groupOf(channel: string): number;
  /** Connects to a server by its name. */
  open(server: string, lost: (error: Error) => void): Promise<RedisClient>;
  /** Told of each loss and failure: the channels may be served elsewhere now. */
  onError(error: Error): void;
}

interface Channel {
  readonly name: string;
  readonly listeners: Set<ChannelListener>;
  /** Where it is subscribed to, or about to be. */
  server: string | undefined;
  /** True once it was subscribed to: the next time is a reconnection. */
  was: boolean;
  /** Settled by the subscription under way. */
  ready: PromiseWithResolvers<void>;
}

export function createSubscriptions(options: SubscriptionOptions): Subscriptions {
  const { serverOf, groupOf, open, onError } = options;
  const channels = new Map<string, Channel>();
  const servers = new Map<string, Link<RedisClient>>();
  /** What each connection was opened with. */
  const asked = new WeakMap<RedisClient, readonly Channel[]>();

  const dispatch = (message: string, name: string) => {
    for (const listener of channels.get(name)?.listeners ?? []) listener.message(message);
  };

  /** Subscribes on a connection; resolves once all are. */
  async function ask(client: RedisClient, wanted: readonly Channel[]): Promise<void> {
    const commands: Promise<void>[] = [];
    for (const group of Map.groupBy(wanted, ({ name }) => groupOf(name)).values()) {
      for (let first = 0; first < group.length; first += CHANNELS_AT_ONCE) {
        const names = group.slice(first, first + CHANNELS_AT_ONCE).map(({ name }) => name);
        commands.push(client.sSubscribe(names, dispatch));
      }
    }
    await inTime(Promise.all(commands), COMMAND_TIMEOUT_MS + wanted.length);
  }

  function arrived(subscribed: readonly Channel[], server: string): void {
    for (const channel of subscribed) {
      // One that left or moved on meanwhile has nobody to tell.
      if (channels.get(channel.name) !== channel || channel.server !== server) continue;
      const again = channel.was;
      channel.was = true;
      channel.ready.resolve();
      if (again) for (const listener of [...channel.listeners]) listener.reconnected?.();
    }
  }

  function linkTo(server: string): Link<RedisClient> {
    const known = servers.get(server);
    if (known !== undefined) return known;
    const placed = () => [...channels.values()].filter((channel) => channel.server === server);
    const link = keepConnected<RedisClient>({
      async open(lost) {
        const client = await open(server, lost);
        // The server sends a channel away when its slot has moved.
        client.on("sharded-channel-moved", () => lost(new Error("a channel has moved")));
        try {
          const wanted = placed();
          await ask(client, wanted);
          asked.set(client, wanted);
          return client;
        } catch (error) {
          await closeNode(client);
          throw error;
        }
      },
      onOpen(client) {
        const had = new Set(asked.get(client));
        arrived([...had], server);
        // Those that came and those that left while it was opening.
        const late = placed().filter((channel) => !had.has(channel));
        if (late.length > 0) join(server, link, client, late);
        for (const { name } of had) if (!channels.has(name)) leave({ name, server });
      },
      end: closeNode,
      onError,
    });
    servers.set(server, link);
    return link;
  }

  function join(
    server: string,
    link: Link<RedisClient>,
    client: RedisClient,
    wanted: readonly Channel[],
  ): void {
    ask(client, wanted).then(
      () => arrived(wanted, server),
      // The next connection asks for all of them.
      (error: Error) => link.renew(client, error),
    );
  }

  function place(wanted: readonly Channel[]): void {
    const moved = wanted.filter((channel) => {
      const server = serverOf(channel.name);
      if (server === undefined || server === channel.server) return false;
      leave(channel);
      channel.server = server;
      return true;
    });
    for (const [server, group] of Map.groupBy(moved, (channel) => channel.server ?? "")) {
      const link = linkTo(server);
      const client = link.current();
      if (client !== undefined) join(server, link, client, group);
    }
  }

  /** Unsubscribes where there is a connection; elsewhere there is nothing to undo. */
  function leave({ name, server }: Pick<Channel, "name" | "server">): void {
    const client = server === undefined ? undefined : servers.get(server)?.current();
    if (client?.isReady) client.sUnsubscribe(name, dispatch).catch(() => undefined);
  }

  function forget(names: readonly string[], listener: ChannelListener): void {
    for (const name of names) {
      const channel = channels.get(name);
      if (!channel?.listeners.delete(listener) || channel.listeners.size > 0) continue;
      channels.delete(name);
      leave(channel);
    }
  }

  return {
    async subscribe(names, listener) {
      const wanted = names.map((name) => {
        const channel = channels.get(name) ?? {
          name,
          listeners: new Set(),
          server: undefined,
          was: false,
          ready: Promise.withResolvers<void>(),
        };
        channels.set(name, channel);
        channel.listeners.add(listener);
        return channel;
      });
      place(wanted);
      try {
        await inTime(Promise.all(wanted.map(({ ready }) => ready.promise)), COMMAND_TIMEOUT_MS);
      } catch (cause) {
        forget(names, listener);
        throw new ChatError("unavailable", "The store does not answer right now.", {
          cause,
          retryAfterMs: 1_000,
        });
      }
      return async () => forget(names, listener);
    },
    replace() {
      place([...channels.values()]);
      const used = new Set([...channels.values()].map(({ server }) => server));
      for (const [server, link] of servers) {
        if (used.has(server)) continue;
        servers.delete(server);
        link.close().catch(onError);
      }
    },
    renew(isRight, error) {
      for (const link of servers.values()) {
        const client = link.current();
        if (client !== undefined && !isRight(client)) link.renew(client, error);
      }
    },
    async close() {
      await Promise.all([...servers.values()].map((link) => link.close()));
    },
  };
}
