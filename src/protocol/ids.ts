import * as z from "zod/mini";

/** Names one conversation: a UUID the server made. */
export const ConversationId = z.uuid().brand<"ConversationId">();
export type ConversationId = z.infer<typeof ConversationId>;

/** Names one message within its conversation: a UUID, made by the client for what a user writes. */
export const MessageId = z.uuid().brand<"MessageId">();
export type MessageId = z.infer<typeof MessageId>;

/** Names one run of a model: the id of the assistant message that the run writes. */
export const GenerationId = MessageId;
export type GenerationId = MessageId;

/** Who acts: the value of the configured identity header, 1 to 256 bytes of UTF-8. */
export const UserId = z.string().check(z.minLength(1), z.maxLength(256)).brand<"UserId">();
export type UserId = z.infer<typeof UserId>;

/** The id of an entry of a conversation's event log, `<sequence>-<random>`; `0-0` is before the first. */
export const EventId = z
  .string()
  .check(z.regex(/^\d{1,16}-\d{1,16}$/))
  .brand<"EventId">();
export type EventId = z.infer<typeof EventId>;

/** The cursor of an empty log. */
export const LOG_START = EventId.parse("0-0");

/** The contiguous number in an event id; the rest only tells a rolled-back log from the true one. */
export function sequenceOf(id: EventId): number {
  return Number(id.slice(0, id.indexOf("-")));
}
