import { setTimeout as delay } from "node:timers/promises";

/** Pauses between two attempts to connect, in ms. */
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;
/** A connection that held this long was a good one: the next attempt comes at once. */
const GOOD_MS = 5_000;

export interface LinkOptions<Connection> {
  /** Makes a connection; calls `lost` as soon as it is worth nothing any more. */
  open(lost: (error: Error) => void): Promise<Connection>;
  /** Ends a connection that was opened, lost or not; `replaced`: another one serves already. */
  end(connection: Connection, replaced: boolean): Promise<void>;
  /** The connection stands. */
  onOpen?(connection: Connection): void;
  /** Told of each loss and each failed attempt. */
  onError(error: Error): void;
  /** A lost connection stays the current one until the next is there: parts of it may still work. */
  readonly servesOn?: boolean;
}

/** A connection that is made again for ever. */
export interface Link<Connection> {
  /** `undefined` while there is none. */
  current(): Connection | undefined;
  /** Resolves once the first stands. */
  readonly opened: Promise<void>;
  /** Has another one made. Nothing where `broken` is not the current one any more. */
  renew(broken: Connection | undefined, error: Error): void;
  close(): Promise<void>;
}

/**
 * Connects, and connects again after each loss, with a growing pause, until closed. Each connection
 * lives once: reviving one that was lost is where client libraries forget what it was subscribed to,
 * or that the server is no master any more.
 */
export function keepConnected<Connection>(options: LinkOptions<Connection>): Link<Connection> {
  const { open, end, onOpen, onError, servesOn = false } = options;
  const closing = new AbortController();
  const opened = Promise.withResolvers<void>();
  let current: Connection | undefined;
  let lose: (error: Error) => void = () => undefined;
  let stop: () => void = () => undefined;

  /** One connection, from its opening to its loss. Resolves with how long it stood, in ms. */
  async function hold(): Promise<number> {
    const lost = Promise.withResolvers<Error | undefined>();
    stop = () => lost.resolve(undefined);
    const next = await open(lost.resolve);
    if (closing.signal.aborted) {
      await end(next, false);
      return 0;
    }
    const old = current;
    current = next;
    lose = lost.resolve;
    if (old !== undefined) end(old, true).catch(onError);
    const began = performance.now();
    opened.resolve();
    onOpen?.(next);
    const error = await lost.promise;
    if (!servesOn || error === undefined) {
      current = undefined;
      await end(next, false);
    }
    if (error !== undefined) onError(error);
    return performance.now() - began;
  }

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; ) {
      try {
        failures = (await hold()) > GOOD_MS ? 0 : failures + 1;
      } catch (error) {
        failures += 1;
        if (!closing.signal.aborted) onError(asError(error));
      }
      if (closing.signal.aborted) break;
      const pauseMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** Math.min(failures, 5));
      const jitter = 0.5 + Math.random() / 2;
      await delay(pauseMs * jitter, undefined, { signal: closing.signal }).catch(() => undefined);
    }
    if (current !== undefined) await end(current, false);
    current = undefined;
  }

  const running = run();
  return {
    current: () => current,
    opened: opened.promise,
    renew(broken, error) {
      if (broken !== undefined && broken === current) lose(error);
    },
    async close() {
      closing.abort();
      stop();
      await running;
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
