import { ChatError } from "../domain/errors.ts";
import type { LiveChannel, LiveListener } from "../domain/ports.ts";
import type { Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** How long to wait for a subscription, in ms. */
const SUBSCRIBE_TIMEOUT_MS = 2_000;

/** Fan-out over sharded pub/sub. May lose; who listens checks contiguity. */
export function createRedisLive(redis: Redis, keys: Keys): LiveChannel {
  async function watch(channel: string, listener: LiveListener): Promise<() => Promise<void>> {
    const onFrame = (frame: string) => listener.frame(frame);
    await subscribed(redis.subscriber.sSubscribe(channel, onFrame));
    const forget = redis.onReconnected(() => listener.reconnected());
    return async () => {
      forget();
      // While the connection is away there is nothing to unsubscribe, only to forget.
      await redis.subscriber.sUnsubscribe(channel, onFrame).catch(() => undefined);
    };
  }

  return {
    watch: (id, listener) => watch(keys.of(id).live, listener),
    watchUser: (id, listener) => watch(keys.userLive(id), listener),
    async publishUser(id, event) {
      const frame = JSON.stringify({ type: "event", log: "user", event });
      const channel = keys.userLive(id);
      await redis.run((client) => client.sendCommand(["SPUBLISH", channel, frame]));
    },
  };
}

async function subscribed(subscription: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      subscription,
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("no reply in time")), SUBSCRIBE_TIMEOUT_MS);
      }),
    ]);
  } catch (cause) {
    throw new ChatError("unavailable", "The store does not answer right now.", {
      cause,
      retryAfterMs: 1_000,
    });
  } finally {
    clearTimeout(timer);
  }
}
