import type { ConversationId, GenerationId, MessageId, UserId } from "../protocol/ids.ts";
import { announced } from "./announce.ts";
import { refusalOf } from "./errors.ts";
import type { Catalogue } from "./ports/model.ts";
import type { ConversationStore } from "./ports/store.ts";
import type { TurnStore } from "./ports/turn.ts";

export interface RegenerateRequest {
  readonly owner: UserId;
  readonly conversationId: ConversationId;
  /** Made by the client; the same one again gets the same generation. */
  readonly requestId: MessageId;
  /** The user message to answer. */
  readonly parentId: MessageId;
  readonly model?: string | undefined;
  /** A stopped or failed answer to it, whose text the new one begins with. */
  readonly continueFrom?: GenerationId | undefined;
  readonly traceparent?: string | undefined;
}

/** @throws ChatError `not_found`, `invalid`, `limited`, `unavailable`. */
export type Regenerate = (
  request: RegenerateRequest,
) => Promise<{ readonly generationId: GenerationId }>;

/** Queues another answer to a user message; the earlier ones stay beside it. */
export function createRegenerate(deps: {
  readonly turns: TurnStore;
  readonly conversations: ConversationStore;
  readonly catalogue: Catalogue;
  readonly newGenerationId: () => GenerationId;
}): Regenerate {
  return async (request) => {
    const queued = await deps.turns.regenerate({
      ...request,
      generationId: deps.newGenerationId(),
      refusal: refusalOf(() => deps.catalogue.pick(request.model)),
    });
    await announced(deps.conversations, request.conversationId);
    return queued;
  };
}
