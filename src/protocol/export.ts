import * as z from "zod/mini";
import { Parameters } from "./conversation.ts";
import { FailureCode, FeedbackChange, MessageMetadata } from "./message.ts";
import { MAX_SYSTEM_PROMPT_LENGTH, MAX_TITLE_LENGTH, ModelId, text } from "./text.ts";

/** What tells such a file from any other JSON. */
export const EXPORT_FORMAT = "chatbot.conversation";
/** Raised when an older reader could no longer make sense of it; new fields alone do not. */
export const EXPORT_VERSION = 1;

/** Messages that one file may hold. */
export const MAX_EXPORTED_MESSAGES = 20_000;
/** The longest text of one message in a file, in UTF-16 units: an answer may be that long. */
const MAX_EXPORTED_LENGTH = 1_000_000;

const time = z.iso.datetime();
const word = text(0, 200);
const count = z.optional(z.int().check(z.nonnegative()));
const duration = z.optional(z.number().check(z.nonnegative()));
/** Names a message within its file. */
const localId = z.int().check(z.minimum(1));

/** As `MessageMetadata`, with bounds: a file may come from anywhere. */
const ExportedMetadata = z.object({
  ...MessageMetadata.shape,
  engine: z.optional(word),
  model: z.optional(word),
  finishReason: z.optional(word),
  usage: z.optional(z.object({ promptTokens: count, completionTokens: count })),
  timing: z.optional(z.object({ queuedMs: duration, firstTokenMs: duration, totalMs: duration })),
  failure: z.optional(z.object({ code: FailureCode, retryable: z.boolean() })),
});

const ExportedFeedback = z.object({
  rating: FeedbackChange.shape.rating.def.innerType,
  note: FeedbackChange.shape.note,
});

/** A message in a file; an answer that was being written is `stopped` there. */
export const ExportedMessage = z.object({
  id: localId,
  parentId: z.nullable(localId),
  role: z.enum(["system", "user", "assistant"]),
  content: text(0, MAX_EXPORTED_LENGTH),
  reasoning: z.optional(text(0, MAX_EXPORTED_LENGTH)),
  createdAt: time,
  status: z.enum(["done", "stopped", "failed"]),
  metadata: z._default(ExportedMetadata, {}),
  feedback: z.optional(ExportedFeedback),
});
export type ExportedMessage = z.infer<typeof ExportedMessage>;

/**
 * A conversation as a file: whole, without ids of this server or names of people. Names that are not
 * known are passed over, so that a later version may add some.
 */
export const ExportedConversation = z.object({
  format: z.literal(EXPORT_FORMAT),
  version: z.literal(EXPORT_VERSION),
  title: text(0, MAX_TITLE_LENGTH),
  createdAt: time,
  model: z.optional(ModelId),
  systemPrompt: z.optional(text(1, MAX_SYSTEM_PROMPT_LENGTH)),
  parameters: z.optional(Parameters),
  /** In the order in which they were stored. */
  messages: z.array(ExportedMessage).check(z.maxLength(MAX_EXPORTED_MESSAGES)),
});
export type ExportedConversation = z.infer<typeof ExportedConversation>;
