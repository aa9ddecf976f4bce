import * as z from "zod/mini";
import { ConversationId, MessageId } from "./ids.ts";
import { Message } from "./message.ts";

/** One place that a search found: a title, or where `message` is there, that message. */
export const SearchItem = z.object({
  conversation: z.object({ id: ConversationId, title: z.string() }),
  message: z.optional(z.object({ id: MessageId, role: Message.shape.role, createdAt: z.string() })),
  /** The text around the match, on one line; "…" where it was cut. */
  excerpt: z.string(),
});
export type SearchItem = z.infer<typeof SearchItem>;

/** What `GET /api/search` answers: titles first, then messages, newest conversation first. */
export const SearchResults = z.object({ items: z.array(SearchItem) });
export type SearchResults = z.infer<typeof SearchResults>;
