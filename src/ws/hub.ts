import { ChatError } from "../domain/errors.ts";
import type { SubscriptionHub } from "../domain/ports/live.ts";
import type { ConversationStore } from "../domain/ports/store.ts";
import type { ConversationId } from "../protocol/ids.ts";
import { readSubscribed, type SubscribedDeps } from "./subscribed-frame.ts";
import { createWatch, type Watch, type WatchDeps } from "./watch.ts";

/** Conversations that one process watches at once. */
const MAX_WATCHED = 50_000;
/** How often a subscriber's read is repeated because the conversation moved on meanwhile. */
const MAX_READS = 50;
/** How often the place in the queue is looked at for those who see it, in ms. */
const POSITIONS_MS = 1_000;
/** How often each watch is held against the log, in ms: the last frame of all may have been lost. */
const CHECK_MS = 20_000;

export interface HubDeps extends SubscribedDeps, WatchDeps {
  readonly conversations: ConversationStore;
}

export interface Hub extends SubscriptionHub {
  /** Conversations that are watched, and by how many subscriptions. */
  counts(): { readonly watched: number; readonly subscriptions: number };
  /** Ends all watches and timers. */
  close(): void;
}

/**
 * The subscriptions of this process. Each watched conversation is read from the store once and kept
 * by its published frames; a frame is serialised once, by who published it.
 */
export function createHub(deps: HubDeps): Hub {
  const watches = new Map<ConversationId, Watch>();

  function watchOf(id: ConversationId): Watch {
    const known = watches.get(id);
    if (known !== undefined) return known;
    if (watches.size >= MAX_WATCHED) {
      throw new ChatError("limited", "Too many conversations are open here.", {
        retryAfterMs: 5_000,
      });
    }
    const watch = createWatch(id, deps, () => {
      if (watches.get(id) === watch) watches.delete(id);
    });
    watches.set(id, watch);
    return watch;
  }

  async function forAll(
    act: (watch: Watch) => Promise<void>,
    which: (watch: Watch) => boolean,
  ): Promise<void> {
    for (const watch of [...watches.values()].filter(which)) {
      // The store being away is found out again by the next look.
      await act(watch).catch((error: unknown) => {
        if (!(error instanceof ChatError)) deps.onError(error);
      });
    }
  }

  function every(
    ms: number,
    act: (watch: Watch) => Promise<void>,
    which: (watch: Watch) => boolean = () => true,
  ): NodeJS.Timeout {
    let under = false;
    return setInterval(() => {
      if (under) return;
      under = true;
      forAll(act, which)
        .catch(deps.onError)
        .finally(() => {
          under = false;
        });
    }, ms).unref();
  }

  const timers = [
    // Most watches have nothing in the queue: to await each of them, every second, would keep the
    // process from ever being idle, and V8 gives memory back only then.
    every(
      POSITIONS_MS,
      (watch) => watch.refreshPositions(),
      (watch) => watch.waitsInQueue(),
    ),
    every(CHECK_MS, (watch) => watch.check()),
  ];

  return {
    async subscribe(owner, id, after, subscriber) {
      await deps.conversations.get(owner, id);
      const watch = watchOf(id);
      const leave = watch.hold();
      try {
        await watch.ready();
        for (let reads = 0; reads < MAX_READS && !watch.isClosed(); reads += 1) {
          const { frame, ended, events, upTo } = await readSubscribed(
            deps,
            id,
            after,
            watch.lastEvent(),
          );
          // From this look at the watch to joining it nothing may be awaited.
          if (upTo === watch.lastEvent() && !watch.isClosed()) {
            const generations = [...watch.generations(), ...ended];
            subscriber.send(JSON.stringify({ ...frame, generations }));
            deps.observer?.subscribed(frame.mode);
            for (const event of events) subscriber.send(event);
            return watch.join(subscriber, leave);
          }
          await watch.catchUp();
        }
        throw new ChatError("unavailable", "The conversation moves too fast to join right now.", {
          retryAfterMs: 1_000,
        });
      } catch (error) {
        leave();
        throw error;
      }
    },
    counts() {
      let subscriptions = 0;
      for (const watch of watches.values()) subscriptions += watch.viewers();
      return { watched: watches.size, subscriptions };
    },
    close() {
      for (const timer of timers) clearInterval(timer);
      for (const watch of [...watches.values()]) watch.close();
    },
  };
}
