import * as z from "zod/mini";
import { MessageId } from "./ids.ts";
import { Message } from "./message.ts";

/** Names one share: 32 characters that nobody can guess. */
export const ShareId = z
  .string()
  .check(z.regex(/^[\w-]{32}$/))
  .brand<"ShareId">();
export type ShareId = z.infer<typeof ShareId>;

/** The body of `POST /api/conversations/{id}/share`. */
export const NewShare = z.strictObject({
  /** The last message of the path that is shared; absent: the newest one that is stored. */
  leafId: z.optional(MessageId),
});
export type NewShare = z.infer<typeof NewShare>;

/** A share, as its owner sees it. */
export const Share = z.object({
  id: ShareId,
  /** `/share/<id>`, on the public origin where the server knows it. */
  url: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
});
export type Share = z.infer<typeof Share>;

/**
 * What everyone who has the address reads: one path of the tree as it was when it was shared, first
 * message first. Ids are its own; of metadata there is the model alone, and no thoughts, no feedback.
 */
export const SharedConversation = z.object({
  title: z.string(),
  /** When it was shared; ISO 8601, UTC. */
  createdAt: z.string(),
  messages: z.array(Message),
});
export type SharedConversation = z.infer<typeof SharedConversation>;
