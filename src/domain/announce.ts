import type { ConversationId } from "../protocol/ids.ts";
import { ChatError } from "./errors.ts";
import type { ConversationStore } from "./ports/store.ts";

/**
 * Tells the owner's screens of a change that is stored already. A store that is away right now does
 * not undo it: the next change, or the next look at the list, brings the index up to date.
 */
export async function announced(
  conversations: ConversationStore,
  id: ConversationId,
): Promise<void> {
  try {
    await conversations.announce(id);
  } catch (error) {
    if (!(error instanceof ChatError && error.code === "unavailable")) throw error;
  }
}
