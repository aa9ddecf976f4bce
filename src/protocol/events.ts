import * as z from "zod/mini";
import { Conversation } from "./conversation.ts";
import { ConversationId, GenerationId, MessageId } from "./ids.ts";
import { FailureCode, Message, Timing, Usage } from "./message.ts";
import { Model } from "./session.ts";

const length = z.int().check(z.nonnegative());

const MessageCreated = z.object({ type: z.literal("message.created"), message: Message });

/** Something of a stored message changed that is not its text: what its reader thinks of it. */
const MessageUpdated = z.object({ type: z.literal("message.updated"), message: Message });

const GenerationQueued = z.object({
  type: z.literal("generation.queued"),
  generationId: GenerationId,
  parentId: MessageId,
  /** How many are ahead of it, from 0. */
  position: length,
  /** How long that will take by the pace of the last ones, in ms; absent while nothing is known. */
  estimateMs: z.optional(length),
});

const GenerationStarted = z.object({
  type: z.literal("generation.started"),
  generationId: GenerationId,
  model: z.string(),
  engine: z.string(),
});

/** `length` and `reasoningLength` are UTF-16 units of the whole text: they prove nothing is missing. */
const GenerationFinished = z.object({
  type: z.literal("generation.finished"),
  generationId: GenerationId,
  length,
  reasoningLength: z.optional(length),
  finishReason: z.string(),
  usage: Usage,
  timing: Timing,
});

const GenerationStopped = z.object({
  type: z.literal("generation.stopped"),
  generationId: GenerationId,
  length,
});

const GenerationFailed = z.object({
  type: z.literal("generation.failed"),
  generationId: GenerationId,
  code: FailureCode,
  retryable: z.boolean(),
  length,
});

const ConversationUpdated = z.object({
  type: z.literal("conversation.updated"),
  conversation: Conversation,
});

/** Not logged: the log is gone with the conversation. */
const ConversationDeleted = z.object({
  type: z.literal("conversation.deleted"),
  conversationId: z.optional(ConversationId),
});

/** What happened in a conversation. */
export const ChatEvent = z.discriminatedUnion("type", [
  MessageCreated,
  MessageUpdated,
  GenerationQueued,
  GenerationStarted,
  GenerationFinished,
  GenerationStopped,
  GenerationFailed,
  ConversationUpdated,
  ConversationDeleted,
]);
export type ChatEvent = z.infer<typeof ChatEvent>;

/** How a generation ended. */
export type EndEvent = Extract<
  ChatEvent,
  { type: "generation.finished" | "generation.stopped" | "generation.failed" }
>;

/** Whether `event` ends a generation. */
export function isEndEvent(event: ChatEvent): event is EndEvent {
  return (
    event.type === "generation.finished" ||
    event.type === "generation.stopped" ||
    event.type === "generation.failed"
  );
}

/** What changed in a user's list of conversations, and in what there is to pick from; live only. */
export const UserEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("conversation.created"), conversation: Conversation }),
  ConversationUpdated,
  z.object({ type: z.literal("conversation.deleted"), conversationId: ConversationId }),
  /** Something may have been missed: fetch the list again. */
  z.object({ type: z.literal("conversations.changed") }),
  /** Another model, or another status of one: all of them, the default first. */
  z.object({ type: z.literal("models.changed"), models: z.array(Model) }),
]);
export type UserEvent = z.infer<typeof UserEvent>;
