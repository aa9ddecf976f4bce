import type { ConversationId, GenerationId, UserId } from "../protocol/ids.ts";
import { announced } from "./announce.ts";
import type { ConversationStore } from "./ports/store.ts";
import type { TurnStore } from "./ports/turn.ts";

export interface StopRequest {
  readonly owner: UserId;
  readonly conversationId: ConversationId;
  readonly generationId: GenerationId;
}

/** @throws ChatError `not_found`, `unavailable`. */
export type StopGeneration = (request: StopRequest) => Promise<void>;

/** Stops an answer, before its first character too; one that has ended stays as it is. */
export function createStopGeneration(deps: {
  readonly turns: TurnStore;
  readonly conversations: ConversationStore;
}): StopGeneration {
  return async ({ owner, conversationId, generationId }) => {
    await deps.turns.stop(owner, conversationId, generationId);
    await announced(deps.conversations, conversationId);
  };
}
