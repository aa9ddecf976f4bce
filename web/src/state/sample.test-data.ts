import type { ChatEvent } from "../../../src/protocol/events.ts";
import type { EventFrame } from "../../../src/protocol/frames.ts";
import { ConversationId, EventId, MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";

// What the tests of this folder are written with.

export const CONVERSATION = ConversationId.parse("00000000-0000-4000-8000-000000000000");

/** A message id that reads as its number. */
export function idOf(number: number): MessageId {
  return MessageId.parse(`00000000-0000-4000-9000-${String(number).padStart(12, "0")}`);
}

/** The id of the log's entry number `sequence`. */
export function eventId(sequence: number): EventId {
  return EventId.parse(`${sequence}-7`);
}

/** A logged event as a frame. */
export function logged(sequence: number, event: ChatEvent): EventFrame {
  return { type: "event", conversationId: CONVERSATION, id: eventId(sequence), event };
}

/** A message `number` below `parent`, written that many seconds after the epoch. */
export function message(
  number: number,
  parent: number | null,
  more: Partial<Message> = {},
): Message {
  return {
    id: idOf(number),
    parentId: parent === null ? null : idOf(parent),
    role: "user",
    content: `message ${number}`,
    createdAt: new Date(number * 1_000).toISOString(),
    status: "done",
    metadata: {},
    ...more,
  };
}
