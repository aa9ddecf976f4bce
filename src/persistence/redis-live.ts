import type { LiveChannel, LiveListener } from "../domain/ports/live.ts";
import type { Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** What a user's channel carries besides frames; clients ignore it, where an older process sends it on. */
export const SIGNED_OUT = JSON.stringify({ type: "signed-out" });

/** Fan-out over sharded pub/sub. May lose; who listens checks contiguity. */
export function createRedisLive(redis: Redis, keys: Keys): LiveChannel {
  const watch = (channel: string, listener: LiveListener) =>
    redis.subscribe([channel], {
      message(frame) {
        if (frame === SIGNED_OUT) listener.signedOut?.();
        else listener.frame(frame);
      },
      reconnected: () => listener.reconnected(),
    });

  return {
    watch: (id, listener) => watch(keys.of(id).live, listener),
    watchUser: (id, listener) => watch(keys.userLive(id), listener),
    async publishUser(id, event) {
      const frame = JSON.stringify({ type: "event", log: "user", event });
      await redis.run((client) => client.sPublish(keys.userLive(id), frame));
    },
  };
}
