import { ChatError, notFound } from "../src/domain/errors.ts";
import { createImportConversation } from "../src/domain/import-conversation.ts";
import type { Catalogue } from "../src/domain/ports/model.ts";
import type { Search } from "../src/domain/ports/search.ts";
import type {
  ConversationStore,
  FeedbackStore,
  MessageHistory,
  MessageImport,
  ShareStore,
} from "../src/domain/ports/store.ts";
import { createShareConversation } from "../src/domain/share-conversation.ts";
import type { ConversationId } from "../src/protocol/ids.ts";
import type { Message } from "../src/protocol/message.ts";
import { type SharedConversation, ShareId } from "../src/protocol/share.ts";

/** What else the API drives, beside conversations and turns, in memory. */
export function createMemorySidePorts(chat: {
  readonly conversations: ConversationStore;
  readonly history: MessageHistory;
  readonly catalogue: Catalogue;
  /** The messages of a conversation, to be changed in place. */
  readonly messagesOf: (id: ConversationId) => Message[];
}) {
  const { conversations, messagesOf } = chat;
  const shared = new Map<ConversationId, { id: ShareId; snapshot: SharedConversation }>();

  const shares: ShareStore = {
    async of(owner, id) {
      await conversations.get(owner, id);
      const share = shared.get(id);
      return share && { id: share.id, createdAt: share.snapshot.createdAt };
    },
    async put(_owner, id, snapshot) {
      const share = { id: ShareId.parse(crypto.randomUUID().slice(0, 32)), snapshot };
      shared.set(id, share);
      return { id: share.id, createdAt: snapshot.createdAt };
    },
    async remove(owner, id) {
      await conversations.get(owner, id);
      shared.delete(id);
    },
    read: async (id) => [...shared.values()].find((share) => share.id === id)?.snapshot,
  };

  const feedback: FeedbackStore = {
    async rate(owner, id, messageId, given) {
      await conversations.get(owner, id);
      const messages = messagesOf(id);
      const index = messages.findIndex((message) => message.id === messageId);
      const message = messages[index];
      if (message === undefined) throw notFound("message");
      if (message.role !== "assistant" || message.status === "streaming") {
        throw new ChatError("invalid", "Only an answer that has ended can be rated.");
      }
      const { feedback: _, ...rest } = message;
      const rated = { ...rest, ...(given && { feedback: given }) };
      messages[index] = rated;
      return rated;
    },
  };

  const search: Search = {
    async find(owner, query, limit) {
      const { items } = await conversations.list(owner, { limit: 200 });
      return items
        .filter(({ title }) => title.includes(query))
        .slice(0, limit)
        .map(({ id, title }) => ({ conversation: { id, title }, excerpt: title }));
    },
  };

  const written = new Map<ConversationId, readonly Message[]>();
  const imports: MessageImport = {
    write: async (id, messages) => void written.set(id, messages),
    discard: async (id) => void written.delete(id),
  };
  const creating: Pick<ConversationStore, "create"> = {
    async create(owner, fields, imported) {
      const conversation = await conversations.create(owner, fields, imported);
      messagesOf(conversation.id).push(...(written.get(conversation.id) ?? []));
      return conversation;
    },
  };

  return {
    shares,
    feedback,
    search,
    shareConversation: createShareConversation({ ...chat, shares }),
    importConversation: createImportConversation({
      ...chat,
      conversations: creating,
      imports,
      searchIndex: { index: async () => undefined },
    }),
  };
}
