import type { UserEvent } from "../../protocol/events.ts";
import type { GenerationState } from "../../protocol/frames.ts";
import type {
  ConversationId,
  EventId,
  GenerationId,
  MessageId,
  UserId,
} from "../../protocol/ids.ts";
import type { Message } from "../../protocol/message.ts";
import type { StreamedText } from "./turn.ts";

/** What the store publishes; may lose, so listeners check contiguity. */
export interface LiveListener {
  /** `frame` is a whole server frame as JSON, ready to be sent on. */
  frame(frame: string): void;
  /** The connection was lost and is back: anything may have been missed. */
  reconnected(): void;
  /** The user has signed out somewhere. */
  signedOut?(): void;
}

/** Fan-out from the store to this process. */
export interface LiveChannel {
  watch(id: ConversationId, listener: LiveListener): Promise<() => Promise<void>>;
  watchUser(id: UserId, listener: LiveListener): Promise<() => Promise<void>>;
  publishUser(id: UserId, event: UserEvent): Promise<void>;
}

export interface RunningGeneration extends GenerationState {
  /** The user message that it answers. */
  readonly parentId: MessageId;
}

/** A place in the queue. */
export interface QueuePlace {
  /** How many are ahead, from 0. */
  readonly position: number;
  /** How long it will take by the pace of the last ones, in ms; absent while nothing is known. */
  readonly estimateMs?: number;
}

/** What is under way in a conversation, read from the store. */
export interface RunningGenerations {
  /** Every answer that is waiting, queued or running, with its text so far. */
  list(id: ConversationId): Promise<readonly RunningGeneration[]>;
  /** How many are ahead of each; absent where it is not in the queue. */
  positions(
    id: ConversationId,
    generationIds: readonly GenerationId[],
  ): Promise<ReadonlyMap<GenerationId, QueuePlace>>;
  /** The text of one, for as long as its delta stream stands. */
  text(id: ConversationId, generationId: GenerationId): Promise<StreamedText>;
}

/** The answers under way, as messages. */
export interface RunningAnswers {
  /** In the order in which they were asked for. */
  answers(id: ConversationId): Promise<readonly Message[]>;
  answer(id: ConversationId, messageId: MessageId): Promise<Message | undefined>;
}

/** One client's view of a conversation, on any transport. */
export interface Subscriber {
  /** Sends one serialised frame, in order. */
  send(frame: string): void;
  /** Sends a serialised delta; false when the transport is behind, and the frame was not taken. */
  sendDelta(frame: string): boolean;
  /** The log was rolled back: the client must come back for a snapshot. */
  reset(): void;
}

export interface Subscription {
  /** The transport has room again: sends what it missed, merged into one delta each. */
  resume(): void;
  leave(): void;
}

/** The conversations that clients of this process watch. */
export interface SubscriptionHub {
  /**
   * Sends `subscribed`, and from then on every frame of the conversation.
   * @throws ChatError `not_found`, `limited`, `unavailable`.
   */
  subscribe(
    owner: UserId,
    id: ConversationId,
    after: EventId | undefined,
    subscriber: Subscriber,
  ): Promise<Subscription>;
}
