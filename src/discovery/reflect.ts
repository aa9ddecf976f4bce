import { setTimeout as sleep } from "node:timers/promises";
import type { Resource } from "./resources.ts";

/** Pauses between two attempts, in ms; each next is twice as long, and none exactly so. */
const MIN_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;
/** A watch that held this long was a good one: the next begins at once, in ms. */
const GOOD_MS = 5_000;

/** One thing that a watch tells. */
export type WatchEvent =
  | { readonly type: "put"; readonly item: unknown }
  | { readonly type: "delete"; readonly item: unknown }
  /** Nothing but how far the watch has come. */
  | { readonly type: "bookmark"; readonly version: string };

/** The version from which a watch should go on is not kept any more: all must be listed anew. */
export class GoneError extends Error {
  override readonly name = "GoneError";
}

/** What a watch tells. */
export interface WatchListener {
  /** The server has taken it up. */
  onOpen(): void;
  onEvent(event: WatchEvent): void;
}

/** One collection of the API server. */
export interface Collection {
  list(
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly unknown[]; readonly version: string }>;
  /**
   * Tells what happens after `version`. Resolves when the server ends the watch, as it does now and
   * then, or falls silent. @throws GoneError; any other error for a server that is away or refuses.
   */
  watch(version: string, listener: WatchListener, signal: AbortSignal): Promise<void>;
}

export interface ReflectOptions<Item extends Resource> {
  readonly collection: Collection;
  /** `undefined` for what is no such object; it is passed over. */
  readonly parse: (item: unknown) => Item | undefined;
  /** More objects than this are not kept. */
  readonly maxItems: number;
  /** Told of all that stands whenever some of it changed, and each time that it was listed. */
  readonly onItems: (items: ReadonlyMap<string, Item>) => void;
  /** The copy is kept up to date from now on. */
  readonly onWatch: () => void;
  /** Told of each attempt that failed. */
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
  /** The shortest pause between two attempts, in ms. Default: 250. */
  readonly minPauseMs?: number;
}

/**
 * Keeps a copy of a collection: lists it, then watches from there, for as long as `signal` lets it. A
 * watch that ends goes on from where it was; where the server has forgotten that, and after every
 * refusal, all is listed anew. What was there stays while the server is away.
 */
export async function reflect<Item extends Resource>(options: ReflectOptions<Item>): Promise<void> {
  const { collection, parse, maxItems, onItems, onWatch, onError, signal } = options;
  const { minPauseMs = MIN_PAUSE_MS } = options;
  let items = new Map<string, Item>();
  let version: string | undefined;
  let failures = 0;

  function keep(into: Map<string, Item>, item: Item): void {
    const { name } = item.metadata;
    if (into.has(name) || into.size < maxItems) into.set(name, item);
  }

  function onEvent(event: WatchEvent): void {
    if (event.type === "bookmark") {
      version = event.version;
      return;
    }
    const item = parse(event.item);
    if (item === undefined) return;
    if (event.type === "delete") items.delete(item.metadata.name);
    else keep(items, item);
    version = item.metadata.resourceVersion ?? version;
    onItems(items);
  }

  while (!signal.aborted) {
    const began = performance.now();
    try {
      if (version === undefined) {
        const listed = await collection.list(signal);
        items = new Map();
        for (const item of listed.items.map(parse)) if (item !== undefined) keep(items, item);
        version = listed.version;
        onItems(items);
      }
      await collection.watch(version, { onOpen: onWatch, onEvent }, signal);
      failures = performance.now() - began > GOOD_MS ? 0 : failures + 1;
    } catch (error) {
      if (signal.aborted) return;
      version = undefined;
      failures += 1;
      if (!(error instanceof GoneError)) onError(error);
    }
    if (failures === 0) continue;
    const pauseMs = Math.min(MAX_PAUSE_MS, minPauseMs * 2 ** Math.min(failures - 1, 10));
    // Many pods must not come back in step.
    await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}
