import * as z from "zod/mini";
import type { EventLog, LoggedEvent, MessageHistory } from "../domain/ports/store.ts";
import { ChatEvent } from "../protocol/events.ts";
import { type ConversationId, EventId, LOG_START, MessageId, sequenceOf } from "../protocol/ids.ts";
import type { Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** What the log keeps of `message.updated`: the message itself may be long, and is read as it is now. */
const MessageReference = z.object({
  type: z.literal("message.updated"),
  messageId: MessageId,
});

/** Each conversation's event log as a stream of at most about 1,000 entries. */
export function createRedisEventLog(
  redis: Redis,
  keys: Keys,
  history: Pick<MessageHistory, "get">,
): EventLog {
  /** The events of some entries; of several about one message only the last, which says it all. */
  async function decode(
    id: ConversationId,
    entries: readonly { readonly id: string; readonly message: { readonly event?: string } }[],
  ): Promise<LoggedEvent[]> {
    const events: LoggedEvent[] = [];
    const updated = new Set<MessageId>();
    for (const entry of entries.toReversed()) {
      const json: unknown = JSON.parse(entry.message.event ?? "null");
      const reference = MessageReference.safeParse(json);
      if (!reference.success) {
        const event = ChatEvent.safeParse(json);
        // An entry of a newer version keeps its place, but is nothing this version can tell.
        if (event.success) events.push({ id: EventId.parse(entry.id), event: event.data });
        continue;
      }
      const { messageId } = reference.data;
      if (updated.has(messageId)) continue;
      updated.add(messageId);
      const message = await history.get(id, messageId);
      if (message !== undefined) {
        events.push({ id: EventId.parse(entry.id), event: { type: "message.updated", message } });
      }
    }
    return events.reverse();
  }

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
      const [first, ...rest] = entries;
      if (after === LOG_START) {
        const whole = first === undefined || sequenceOf(EventId.parse(first.id)) === 1;
        return whole ? await decode(id, entries.slice(0, limit)) : undefined;
      }
      return first?.id === after ? await decode(id, rest) : undefined;
    },
  };
}
