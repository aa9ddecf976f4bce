import type {
  Conversation,
  ConversationChange,
  NewConversation,
} from "../../protocol/conversation.ts";
import type { ChatEvent } from "../../protocol/events.ts";
import type { ConversationId, EventId, MessageId, UserId } from "../../protocol/ids.ts";
import type { Feedback, Message } from "../../protocol/message.ts";
import type { Share, SharedConversation, ShareId } from "../../protocol/share.ts";

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The cursor of the next, older page. */
  readonly next?: string;
}

export interface PageRequest {
  /** 1 to 200. */
  readonly limit: number;
  readonly before?: string;
}

/** What DELETE removed, by kind. */
export interface Receipt {
  readonly messages: number;
  readonly events: number;
  readonly generations: number;
  readonly keys: number;
}

/** Conversations and the index of each user. All methods throw `not_found` for another's id. */
export interface ConversationStore {
  /**
   * The same `id` again gives what the first one made. `imported`: messages are stored under that id,
   * and become visible with it. @throws ChatError `invalid` for an id that is taken.
   */
  create(
    owner: UserId,
    fields: NewConversation,
    imported?: { readonly createdAt: string },
  ): Promise<Conversation>;
  get(owner: UserId, id: ConversationId): Promise<Conversation>;
  /** Newest first; `pinned`: of those alone. @throws ChatError `not_found` for a cursor that is none. */
  list(
    owner: UserId,
    page: PageRequest & { readonly pinned?: boolean },
  ): Promise<Page<Conversation>>;
  /** Logs `conversation.updated`. */
  update(owner: UserId, id: ConversationId, change: ConversationChange): Promise<Conversation>;
  /** Removes everything of it, running generations included. */
  remove(owner: UserId, id: ConversationId): Promise<Receipt>;
  /** Gives a title where there is none; `undefined` where there was one, or no conversation. */
  suggestTitle(id: ConversationId, title: string): Promise<Conversation | undefined>;
  /** Brings the owner's index up to date and tells the owner's screens. Nothing where it is gone. */
  announce(id: ConversationId): Promise<void>;
}

/** The stored messages. */
export interface MessageHistory {
  /**
   * The newest `limit` before the cursor, oldest first; the first page ends with the answers that
   * are under way. `maxBytes` bounds it further. @throws ChatError `not_found`.
   */
  page(
    id: ConversationId,
    page: PageRequest & { readonly maxBytes?: number },
  ): Promise<Page<Message>>;
  /** One message, a running answer included. */
  get(id: ConversationId, messageId: MessageId): Promise<Message | undefined>;
  /** From `messageId` back to its root, newest first, until `enough` says so. */
  ancestors(id: ConversationId, messageId: MessageId): AsyncIterable<Message>;
  /** All stored messages, oldest first, a few at a time. */
  inOrder(id: ConversationId): AsyncIterable<Message>;
  /** All messages, oldest first. Only where all are needed. */
  all(id: ConversationId): Promise<readonly Message[]>;
  count(id: ConversationId): Promise<number>;
}

/** The messages of a conversation that is about to be: nobody sees them before it is made. */
export interface MessageImport {
  /** Stores them in this order, the parents' ids among theirs. */
  write(id: ConversationId, messages: readonly Message[]): Promise<void>;
  /** Forgets what was written for a conversation that will not be. */
  discard(id: ConversationId): Promise<void>;
}

/** What readers think of answers. */
export interface FeedbackStore {
  /**
   * Logs `message.updated`, unless it is as it was. `undefined` takes it back.
   * @throws ChatError `not_found`, `invalid` for what is no answer that has ended.
   */
  rate(
    owner: UserId,
    id: ConversationId,
    messageId: MessageId,
    feedback: Feedback | undefined,
  ): Promise<Message>;
}

/** A share without its address. */
export type StoredShare = Pick<Share, "id" | "createdAt">;

/** Snapshots that everyone may read who has the id. Owners' methods throw `not_found` for another's. */
export interface ShareStore {
  of(owner: UserId, id: ConversationId): Promise<StoredShare | undefined>;
  /** Gives the one that stands, where one does. */
  put(owner: UserId, id: ConversationId, snapshot: SharedConversation): Promise<StoredShare>;
  /** From then on nobody reads it, anywhere. */
  remove(owner: UserId, id: ConversationId): Promise<void>;
  read(id: ShareId): Promise<SharedConversation | undefined>;
}

/** An entry of an event log. */
export interface LoggedEvent {
  readonly id: EventId;
  readonly event: ChatEvent;
}

/** What happened in each conversation, in order. */
export interface EventLog {
  /** The id of the newest entry; `0-0` for none. */
  last(id: ConversationId): Promise<EventId>;
  /**
   * Entries after a cursor, oldest first, at most `limit`; `undefined` when exactly that entry no
   * longer stands (trimmed, or a rolled-back log).
   */
  read(
    id: ConversationId,
    after: EventId,
    limit: number,
  ): Promise<readonly LoggedEvent[] | undefined>;
}
