import type { ConversationId, UserId } from "../protocol/ids.ts";
import { MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import { ChatError } from "./errors.ts";
import { pathEnd } from "./path-end.ts";
import type { ConversationStore, MessageHistory, ShareStore, StoredShare } from "./ports/store.ts";

/** What one share may hold: who opens it reads all of it at once. */
const MAX_LENGTH = 2_000_000;
const MAX_MESSAGES = 5_000;

export interface ShareRequest {
  readonly owner: UserId;
  readonly conversationId: ConversationId;
  /** The last message that is shared; absent: the newest that is stored. */
  readonly leafId?: MessageId | undefined;
}

/**
 * Shares one path of a conversation as it is now; gives the share that stands, where one does.
 * @throws ChatError `not_found`, `invalid` where there is nothing to share, `too_large`.
 */
export type ShareConversation = (request: ShareRequest) => Promise<StoredShare>;

export function createShareConversation(deps: {
  readonly conversations: Pick<ConversationStore, "get">;
  readonly history: Pick<MessageHistory, "get" | "page" | "ancestors">;
  readonly shares: ShareStore;
}): ShareConversation {
  const { conversations, history, shares } = deps;

  async function pathTo(id: ConversationId, leaf: MessageId | null): Promise<Message[]> {
    const path: Message[] = [];
    let length = 0;
    if (leaf !== null) {
      for await (const message of history.ancestors(id, leaf)) {
        if (message.role === "system") continue;
        path.push(message);
        length += message.content.length;
        if (length > MAX_LENGTH || path.length > MAX_MESSAGES) {
          throw new ChatError("too_large", "This conversation is too long to be shared.");
        }
      }
    }
    return path.reverse();
  }

  return async (request) => {
    const { owner, conversationId, leafId } = request;
    const stands = await shares.of(owner, conversationId);
    if (stands !== undefined) return stands;
    const { title } = await conversations.get(owner, conversationId);
    const path = await pathTo(conversationId, await pathEnd(history, conversationId, leafId));
    if (path.length === 0) throw new ChatError("invalid", "There is nothing to share yet.");
    return await shares.put(owner, conversationId, {
      title,
      createdAt: new Date().toISOString(),
      messages: anonymous(path),
    });
  };
}

/**
 * A path without what leads back to its conversation or its deployment. Thoughts stay at home: a
 * model repeats its system prompt in them.
 */
function anonymous(path: readonly Message[]): Message[] {
  let parentId: MessageId | null = null;
  return path.map(({ role, content, createdAt, status, metadata: { model } }) => {
    const message: Message = {
      id: MessageId.parse(crypto.randomUUID()),
      parentId,
      role,
      content,
      createdAt,
      status,
      metadata: model === undefined ? {} : { model },
    };
    parentId = message.id;
    return message;
  });
}
