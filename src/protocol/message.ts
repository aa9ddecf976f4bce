import * as z from "zod/mini";
import { MessageId } from "./ids.ts";
import { MAX_CONTENT_LENGTH, MAX_NOTE_LENGTH, text } from "./text.ts";

/** What a user may write: 1 to 32,000 UTF-16 units, well-formed. */
export const Content = text(1, MAX_CONTENT_LENGTH);

/** Model tokens of one generation, as the server counted them. */
export const Usage = z.object({
  promptTokens: z.optional(z.int().check(z.nonnegative())),
  completionTokens: z.optional(z.int().check(z.nonnegative())),
});
export type Usage = z.infer<typeof Usage>;

/** Where the time of one generation went, in milliseconds. */
export const Timing = z.object({
  /** From the question's acknowledgement to the claim by a worker. */
  queuedMs: z.optional(z.number()),
  /** From the claim to the first character. */
  firstTokenMs: z.optional(z.number()),
  /** From the claim to the end. */
  totalMs: z.optional(z.number()),
});
export type Timing = z.infer<typeof Timing>;

/** Why a generation failed. What a later version calls otherwise reads as `unavailable`. */
export const FailureCode = z.catch(
  z.enum(["overloaded", "unavailable", "incomplete", "timeout", "invalid_prompt", "poison"]),
  "unavailable",
);
export type FailureCode = z.infer<typeof FailureCode>;

/** How an assistant message came to be; empty for what a user wrote. */
export const MessageMetadata = z.object({
  engine: z.optional(z.string()),
  model: z.optional(z.string()),
  finishReason: z.optional(z.string()),
  usage: z.optional(Usage),
  timing: z.optional(Timing),
  /** Why it failed, and whether another try may help. */
  failure: z.optional(z.object({ code: FailureCode, retryable: z.boolean() })),
  /** How often another worker or server took over in mid-answer. */
  continued: z.optional(z.int()),
});
export type MessageMetadata = z.infer<typeof MessageMetadata>;

export const MessageStatus = z.enum(["done", "streaming", "stopped", "failed"]);
export type MessageStatus = z.infer<typeof MessageStatus>;

const Rating = z.enum(["up", "down"]);

/** What its reader thinks of an answer. */
export const Feedback = z.object({ rating: Rating, note: z.optional(z.string()) });
export type Feedback = z.infer<typeof Feedback>;

/** The body of `PUT …/feedback`: `null` takes it back, and the note with it. */
export const FeedbackChange = z.strictObject({
  rating: z.nullable(Rating),
  /** At most 2,000 UTF-16 units; absent or `""` is none. */
  note: z.optional(text(0, MAX_NOTE_LENGTH)),
});
export type FeedbackChange = z.infer<typeof FeedbackChange>;

/** A message as REST returns it. `parentId` makes a conversation a tree; `null` is a root. */
export const Message = z.object({
  id: MessageId,
  parentId: z.nullable(MessageId),
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
  reasoning: z.optional(z.string()),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  status: MessageStatus,
  metadata: MessageMetadata,
  feedback: z.optional(Feedback),
});
export type Message = z.infer<typeof Message>;
