import * as z from "zod/mini";
import { GenerationId, MessageId } from "./ids.ts";
import { Content, Message } from "./message.ts";
import { ModelId } from "./text.ts";

/** The body of `POST /api/conversations/{id}/messages`. */
export const NewMessage = z.strictObject({
  id: z.optional(MessageId),
  content: Content,
  /** Absent: the newest message. `null`: a new root. */
  parentId: z.optional(z.nullable(MessageId)),
  model: z.optional(ModelId),
});
export type NewMessage = z.infer<typeof NewMessage>;

/** The answer to it; `answer` where it was waited for and has ended. */
export const Submitted = z.object({
  message: Message,
  generationId: GenerationId,
  answer: z.optional(Message),
});
export type Submitted = z.infer<typeof Submitted>;

/** The body of `POST /api/conversations/{id}/generations`: another answer to a user message. */
export const NewGeneration = z.strictObject({
  parentId: MessageId,
  model: z.optional(ModelId),
  requestId: z.optional(MessageId),
  /** A stopped or failed answer, whose text the new one begins with. */
  continue: z.optional(GenerationId),
});
export type NewGeneration = z.infer<typeof NewGeneration>;
