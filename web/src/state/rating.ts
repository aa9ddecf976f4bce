import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { Feedback, FeedbackChange, Message } from "../../../src/protocol/message.ts";
import type { Client } from "../api/client.ts";
import { words } from "../i18n/words.ts";
import type { ConversationState } from "./conversation-state.ts";
import type { ConversationStore } from "./conversation-store.ts";

/** What rating needs from the page around it. */
interface RatingDeps {
  readonly conversations: Pick<ConversationStore, "update">;
  readonly openId: () => ConversationId | undefined;
  readonly tell: (words: string) => void;
}

/** Shows a rating at once, and as it was again where the server did not take it. */
export function createRating(client: Pick<Client, "rate">, deps: RatingDeps) {
  const { conversations, openId, tell } = deps;
  return async function rate(message: Message, change: FeedbackChange): Promise<void> {
    const id = openId();
    if (!id) return;
    const { rating, note } = change;
    const given = rating === null ? undefined : { rating, ...(note ? { note } : {}) };
    const before = message.feedback;
    conversations.update(id, (state) => withFeedback(state, message, given));
    try {
      await client.rate(id, message.id, change);
    } catch {
      conversations.update(id, (state) => withFeedback(state, message, before));
      tell(words().answer.rateFailed);
    }
  };
}

/** The conversation with another opinion of one of its answers. */
function withFeedback(
  state: ConversationState,
  { id }: Message,
  feedback: Feedback | undefined,
): ConversationState {
  const known = state.messages.get(id);
  if (!known) return state;
  const { feedback: _, ...message } = known;
  const rated = feedback ? { ...message, feedback } : message;
  return { ...state, messages: new Map(state.messages).set(id, rated) };
}
