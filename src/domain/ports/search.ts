import type { ConversationId, UserId } from "../../protocol/ids.ts";
import type { SearchItem } from "../../protocol/search.ts";

/** Finds words in a user's conversations. */
export interface Search {
  /** Titles first, then messages, newest conversation first; at most `limit` of them. */
  find(owner: UserId, query: string, limit: number): Promise<readonly SearchItem[]>;
}

/** What makes a search quick; without it all is found nevertheless. */
export interface SearchIndex {
  /** Takes in what is stored and not yet known. Idempotent; nothing for a conversation that is gone. */
  index(id: ConversationId): Promise<void>;
}
