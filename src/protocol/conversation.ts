import * as z from "zod/mini";
import { ConversationId } from "./ids.ts";
import { MAX_SYSTEM_PROMPT_LENGTH, MAX_TITLE_LENGTH, ModelId, text } from "./text.ts";

/** How a model should answer; what is absent is the server's own default. */
export const Parameters = z.strictObject({
  temperature: z.optional(z.number().check(z.minimum(0), z.maximum(2))),
  topP: z.optional(z.number().check(z.gt(0), z.maximum(1))),
  /** The longest answer, in the model's tokens. */
  maxTokens: z.optional(z.int().check(z.minimum(1), z.maximum(131_072))),
  /** Strings that end the answer; they are no part of it. */
  stop: z.optional(z.array(text(1, 100)).check(z.maxLength(4))),
  seed: z.optional(z.int().check(z.minimum(0), z.maximum(2 ** 31 - 1))),
  presencePenalty: z.optional(z.number().check(z.minimum(-2), z.maximum(2))),
  frequencyPenalty: z.optional(z.number().check(z.minimum(-2), z.maximum(2))),
});
export type Parameters = z.infer<typeof Parameters>;

const Title = text(0, MAX_TITLE_LENGTH);
const SystemPrompt = text(1, MAX_SYSTEM_PROMPT_LENGTH);

/** A conversation as REST returns it. */
export const Conversation = z.object({
  id: ConversationId,
  /** `""` until someone or the model gives one. */
  title: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  updatedAt: z.string(),
  model: z.optional(z.string()),
  systemPrompt: z.optional(z.string()),
  parameters: z.optional(Parameters),
  pinned: z.boolean(),
  /** True while an answer of it is waiting, queued or running. */
  generating: z.boolean(),
});
export type Conversation = z.infer<typeof Conversation>;

/** The body of `POST /api/conversations`. */
export const NewConversation = z.strictObject({
  /** The client's own: the same one again is the same conversation, so that a request may be repeated. */
  id: z.optional(ConversationId),
  title: z.optional(Title),
  model: z.optional(ModelId),
  systemPrompt: z.optional(SystemPrompt),
  parameters: z.optional(Parameters),
});
export type NewConversation = z.infer<typeof NewConversation>;

/** The body of `PATCH /api/conversations/{id}`: absent leaves a field, `null` clears it. */
export const ConversationChange = z.strictObject({
  title: z.optional(z.nullable(Title)),
  model: z.optional(z.nullable(ModelId)),
  systemPrompt: z.optional(z.nullable(SystemPrompt)),
  parameters: z.optional(z.nullable(Parameters)),
  pinned: z.optional(z.nullable(z.boolean())),
});
export type ConversationChange = z.infer<typeof ConversationChange>;
