import type { ConversationId, GenerationId, MessageId, UserId } from "../protocol/ids.ts";
import { announced } from "./announce.ts";
import { refusalOf } from "./errors.ts";
import type { Catalogue } from "./ports/model.ts";
import type { ConversationStore } from "./ports/store.ts";
import type { TurnStore } from "./ports/turn.ts";

export interface SendMessageRequest {
  readonly owner: UserId;
  readonly conversationId: ConversationId;
  /** Made by the client; the same one again gets the first answer, whatever else it says. */
  readonly messageId: MessageId;
  readonly content: string;
  /** Absent: the newest message, a running answer included. `null`: a new root. */
  readonly parentId?: MessageId | null | undefined;
  readonly model?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** @throws ChatError `not_found`, `invalid`, `limited`, `unavailable`. */
export type SendMessage = (
  request: SendMessageRequest,
) => Promise<{ readonly messageId: MessageId; readonly generationId: GenerationId }>;

/** Stores a question and queues its answer, once for any number of resends. */
export function createSendMessage(deps: {
  readonly turns: TurnStore;
  readonly conversations: ConversationStore;
  readonly catalogue: Catalogue;
  readonly newGenerationId: () => GenerationId;
}): SendMessage {
  return async (request) => {
    const stored = await deps.turns.submit({
      ...request,
      generationId: deps.newGenerationId(),
      refusal: refusalOf(() => deps.catalogue.pick(request.model)),
    });
    await announced(deps.conversations, request.conversationId);
    return stored;
  };
}
