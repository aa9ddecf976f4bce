import * as z from "zod/mini";
import { ChatEvent, UserEvent } from "./events.ts";
import { ConversationId, EventId, GenerationId, MessageId } from "./ids.ts";
import { Content, Message } from "./message.ts";
import { ErrorCode } from "./problem.ts";
import { User } from "./session.ts";
import { ModelId } from "./text.ts";

/** Why a socket was closed, by code. */
export const CLOSE = {
  BAD_FRAME: 4400,
  IDENTITY_GONE: 4401,
  TOO_SLOW: 4408,
  TOO_MANY_SOCKETS: 4429,
  TOO_BIG: 1009,
  DRAINING: 1012,
  TRY_LATER: 1013,
} as const;

/** What a client may send. */
export const ClientFrame = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("subscribe"),
    conversationId: ConversationId,
    after: z.optional(EventId),
  }),
  z.strictObject({ type: z.literal("unsubscribe"), conversationId: ConversationId }),
  z.strictObject({
    type: z.literal("send"),
    conversationId: ConversationId,
    messageId: MessageId,
    content: Content,
    parentId: z.optional(z.nullable(MessageId)),
    model: z.optional(ModelId),
  }),
  z.strictObject({
    type: z.literal("regenerate"),
    conversationId: ConversationId,
    requestId: MessageId,
    parentId: MessageId,
    model: z.optional(ModelId),
    continue: z.optional(GenerationId),
  }),
  z.strictObject({
    type: z.literal("stop"),
    conversationId: ConversationId,
    generationId: GenerationId,
    requestId: z.optional(MessageId),
  }),
  z.strictObject({ type: z.literal("typing"), conversationId: ConversationId, text: z.string() }),
  z.strictObject({ type: z.literal("ping"), at: z.number() }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

export const CLIENT_FRAME_TYPES: ReadonlySet<string> = new Set([
  "subscribe",
  "unsubscribe",
  "send",
  "regenerate",
  "stop",
  "typing",
  "ping",
] satisfies ClientFrame["type"][]);

/** The whole text so far of one generation. */
export const GenerationState = z.object({
  generationId: GenerationId,
  fence: z.int(),
  text: z.string(),
  reasoning: z.optional(z.string()),
  status: z.enum(["queued", "running", "finished", "stopped", "failed"]),
});
export type GenerationState = z.infer<typeof GenerationState>;

/** The answer to every `subscribe`. */
export const SubscribedFrame = z.object({
  type: z.literal("subscribed"),
  conversationId: ConversationId,
  mode: z.enum(["replay", "snapshot"]),
  cursor: EventId,
  messages: z.optional(z.array(Message)),
  generations: z.array(GenerationState),
});
export type SubscribedFrame = z.infer<typeof SubscribedFrame>;

/** An event of a subscribed conversation; without `id` where it is not logged. */
export const EventFrame = z.object({
  type: z.literal("event"),
  conversationId: ConversationId,
  id: z.optional(EventId),
  event: ChatEvent,
});
export type EventFrame = z.infer<typeof EventFrame>;

export const DeltaFrame = z.object({
  type: z.literal("delta"),
  conversationId: ConversationId,
  generationId: GenerationId,
  fence: z.int(),
  at: z.int(),
  text: z.string(),
  part: z.optional(z.literal("reasoning")),
});
export type DeltaFrame = z.infer<typeof DeltaFrame>;

/** What a server sends. A page ignores what it does not know. */
export const ServerFrame = z.union([
  z.object({
    type: z.literal("hello"),
    protocol: z.literal(1),
    user: User,
    pingIntervalMs: z.number(),
  }),
  SubscribedFrame,
  z.object({ type: z.literal("event"), log: z.literal("user"), event: UserEvent }),
  EventFrame,
  DeltaFrame,
  z.object({
    type: z.literal("ack"),
    messageId: z.optional(MessageId),
    requestId: z.optional(z.string()),
    generationId: GenerationId,
  }),
  z.object({ type: z.literal("pong"), at: z.number() }),
  z.object({
    type: z.literal("error"),
    code: ErrorCode,
    message: z.string(),
    ref: z.optional(z.string()),
    requestId: z.string(),
  }),
  z.object({ type: z.literal("draining"), retryMs: z.number() }),
  z.object({ type: z.literal("reauthenticate") }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
