import type { EventLog, LoggedEvent } from "../domain/ports/store.ts";
import { ChatEvent } from "../protocol/events.ts";
import { EventId, LOG_START, sequenceOf } from "../protocol/ids.ts";
import type { Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** Each conversation's event log as a stream of at most about 1,000 entries. */
export function createRedisEventLog(redis: Redis, keys: Keys): EventLog {
  return {
    async last(id) {
      const key = keys.of(id).events;
      const [entry] = await redis.run((client) => client.xRevRange(key, "+", "-", { COUNT: 1 }));
      return entry === undefined ? LOG_START : EventId.parse(entry.id);
    },

    async read(id, after, limit) {
      const key = keys.of(id).events;
      const entries = await redis.run((client) =>
        client.xRange(key, after, "+", { COUNT: limit + 1 }),
      );
      const events: LoggedEvent[] = [];
      for (const entry of entries) {
        const event = ChatEvent.safeParse(JSON.parse(entry.message.event ?? "null"));
        // An entry of a newer version keeps its place, but is nothing this version can tell.
        if (event.success) events.push({ id: EventId.parse(entry.id), event: event.data });
      }
      const [first] = entries;
      if (after === LOG_START) {
        const whole = first === undefined || sequenceOf(EventId.parse(first.id)) === 1;
        return whole ? events.slice(0, limit) : undefined;
      }
      return first?.id === after ? events.slice(1) : undefined;
    },
  };
}
