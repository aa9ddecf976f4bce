import type {
  Conversation,
  ConversationChange,
  NewConversation,
} from "../../protocol/conversation.ts";
import type { ChatEvent } from "../../protocol/events.ts";
import type { ConversationId, EventId, MessageId, UserId } from "../../protocol/ids.ts";
import type { Message } from "../../protocol/message.ts";

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
  create(owner: UserId, fields: NewConversation): Promise<Conversation>;
  get(owner: UserId, id: ConversationId): Promise<Conversation>;
  /** Newest first. @throws ChatError `not_found` for a cursor that is none. */
  list(owner: UserId, page: PageRequest): Promise<Page<Conversation>>;
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
  /** All messages, oldest first. Only where all are needed. */
  all(id: ConversationId): Promise<readonly Message[]>;
  count(id: ConversationId): Promise<number>;
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
