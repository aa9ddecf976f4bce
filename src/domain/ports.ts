import type {
  Conversation,
  ConversationChange,
  NewConversation,
  Parameters,
} from "../protocol/conversation.ts";
import type { ChatEvent, UserEvent } from "../protocol/events.ts";
import type { GenerationState } from "../protocol/frames.ts";
import type { ConversationId, EventId, GenerationId, MessageId, UserId } from "../protocol/ids.ts";
import type { Message, Usage } from "../protocol/message.ts";
import type { Outcome } from "../protocol/outcome.ts";
import type { Model } from "../protocol/session.ts";

// ---------------------------------------------------------------- what a model is asked and gives

/** One turn as an engine sees it. */
export interface PromptMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** What is already written of an answer that an engine should go on with. */
export interface Partial {
  readonly text: string;
  readonly reasoning: string;
  /** Model tokens that `text` and `reasoning` already cost. */
  readonly tokens: number;
}

export interface GenerateRequest {
  readonly messages: readonly PromptMessage[];
  readonly parameters: Parameters;
  /** Pieces then carry only what follows it. */
  readonly continueFrom?: Partial;
}

/** A piece of an answer, in order. A text never ends in half a surrogate pair. */
export type Piece =
  | { readonly type: "text"; readonly text: string; readonly tokens?: number }
  | { readonly type: "reasoning"; readonly text: string; readonly tokens?: number }
  | { readonly type: "usage"; readonly usage: Usage }
  /** Another engine than the one announced goes on. */
  | { readonly type: "engine"; readonly engine: string; readonly model: string }
  /** The text goes on after an interruption, from where it stopped. */
  | { readonly type: "continued" }
  /** What was written is void: the answer begins anew (an engine that cannot continue). */
  | { readonly type: "restart" }
  /** Always last; without it the answer is not whole. `stop`, `length`, … */
  | { readonly type: "end"; readonly finishReason: string };

/** Writes the next message of a conversation. */
export interface TextGenerator {
  /**
   * Streams one answer, `end` last. Rejects with the signal's reason once `signal` aborts, and
   * closes its upstream request when the consumer leaves.
   * @throws ChatError `overloaded`, `unavailable`, `incomplete`, `timeout` (another try may help) or
   *   `invalid_prompt` (it will not).
   */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<Piece>;
}

/** How much a model can read and write, in its tokens. */
export interface ModelLimits {
  /** Prompt and answer together. */
  readonly contextTokens: number;
  /** The longest prompt, where the server bounds it on its own. */
  readonly inputTokens?: number;
}

/** A model of the catalogue: an ordered list of engines behind one name. */
export interface ChatModel extends TextGenerator {
  readonly id: string;
  /** What runs it first: `tgi`, `openai`, `echo`, `rules`. */
  readonly engine: string;
  /** Asks the server; a sound default where it does not say or is away. Never rejects but by `signal`. */
  limits(signal: AbortSignal): Promise<ModelLimits>;
  /**
   * Tokens of `text` in this model, counted by the server where it can, else estimated from above.
   * Never rejects but by `signal`.
   */
  countTokens(text: string, signal: AbortSignal): Promise<number>;
}

/** The models of this deployment. */
export interface Catalogue {
  /** What a user may pick, the default first, with the status last seen. */
  models(): readonly Model[];
  /** @throws ChatError `invalid` for a name that the catalogue does not have. */
  pick(id?: string): ChatModel;
}

// ------------------------------------------------------------------------------- what is kept

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

// ---------------------------------------------------------------------------- the path of a turn

export interface Submission {
  readonly conversationId: ConversationId;
  readonly owner: UserId;
  readonly messageId: MessageId;
  readonly generationId: GenerationId;
  readonly content: string;
  /** Absent: the newest message, a running answer included. */
  readonly parentId?: MessageId | null | undefined;
  readonly model?: string | undefined;
  /** Why it is `invalid`, unless it is a repetition: that gets the first answer all the same. */
  readonly refusal?: string | undefined;
}

export interface Regeneration {
  readonly conversationId: ConversationId;
  readonly owner: UserId;
  readonly requestId: MessageId;
  readonly generationId: GenerationId;
  readonly parentId: MessageId;
  readonly model?: string | undefined;
  /** Why it is `invalid`, unless it is a repetition: that gets the first answer all the same. */
  readonly refusal?: string | undefined;
  readonly continueFrom?: GenerationId | undefined;
}

/** Questions on their way to an answer. Each call is one atomic step, safe to repeat. */
export interface TurnStore {
  /** @returns the ids first stored under this `messageId`. @throws ChatError `not_found`, `invalid`, `limited`. */
  submit(submission: Submission): Promise<{ messageId: MessageId; generationId: GenerationId }>;
  /** @throws ChatError `not_found`, `invalid` (the parent is no user message), `limited`. */
  regenerate(regeneration: Regeneration): Promise<{ generationId: GenerationId }>;
  /** Ends a waiting or queued generation, tells the worker of a running one. @throws ChatError `not_found`. */
  stop(owner: UserId, id: ConversationId, generationId: GenerationId): Promise<void>;
}

/** A generation that this worker holds. */
export interface Claim {
  readonly conversationId: ConversationId;
  readonly generationId: GenerationId;
  readonly userId: UserId;
  readonly parentId: MessageId;
  readonly model: string | undefined;
  readonly continueFrom: GenerationId | undefined;
  readonly fence: number;
  /** Number of the newest entry of its delta stream. */
  readonly entries: number;
  /** How many claims in a row brought no new entry, this one included. */
  readonly attempts: number;
  /** True once `generation.started` is logged. */
  readonly started: boolean;
  readonly stop: boolean;
  /** Milliseconds since the epoch at which it was asked for. */
  readonly createdAt: number;
  /** Milliseconds since the epoch, by the store's clock. */
  readonly now: number;
}

export interface Append {
  readonly part?: "reasoning" | undefined;
  /** The number of this entry: the one before + 1. */
  readonly entry: number;
  readonly at: number;
  readonly text: string;
  readonly tokens: number;
}

/**
 * The store lost its last writes: its stream ends with entry `entries` of that `fence` and these
 * lengths. What follows is to be sent again, from `entries + 1`.
 */
export interface Mismatch {
  readonly type: "mismatch";
  readonly entries: number;
  /** 0 for a stream without entries. */
  readonly fence: number;
  readonly text: number;
  readonly reasoning: number;
}

/**
 * `lost`: another worker holds it, it ended, or its conversation is gone: write nothing more.
 */
export type AppendResult =
  | { readonly type: "ok"; readonly stop: boolean }
  | Mismatch
  | { readonly type: "lost" };

/** The text of a generation as its delta stream has it. */
export interface StreamedText {
  readonly fence: number;
  readonly text: string;
  readonly reasoning: string;
  readonly tokens: number;
  readonly entries: number;
  /** How often a new run went on with it. */
  readonly seams: number;
  /** Set once the end marker stands. */
  readonly outcome?: Outcome;
}

/** The worker's side: the queue, leases, and what is written under a fence. */
export interface WorkQueue {
  /**
   * The next generation for this worker, an expired lease first; `undefined` when there is none.
   * `lastSlot`: only of a user who has no answer under way, so that one user never fills a worker.
   */
  claim(worker: string, options?: { readonly lastSlot?: boolean }): Promise<Claim | undefined>;
  /** Keeps the leases of those still held; says which are lost and which are to stop. */
  renew(claims: readonly Claim[]): Promise<Renewal>;
  /** A new fence for a generation held, so that its text may begin anew. `undefined` when lost. */
  refence(claim: Claim): Promise<Claim | undefined>;
  /** Logs `generation.started`. False when lost. */
  start(claim: Claim, model: string, engine: string): Promise<boolean>;
  append(claim: Claim, append: Append): Promise<AppendResult>;
  /** What its delta stream has. */
  text(claim: Pick<Claim, "conversationId" | "generationId">): Promise<StreamedText>;
  /**
   * The end marker, then what follows from it; idempotent. False when lost; where the stream has not
   * all of the text, what it has.
   */
  finish(
    claim: Claim,
    text: Pick<StreamedText, "text" | "reasoning">,
    outcome: Outcome,
  ): Promise<boolean | Mismatch>;
  /**
   * Puts back into the queue what is in no queue and under no lease, of conversations that were
   * active since before `before` (ms since the epoch). Any worker, any number of times.
   */
  tidy(before: number): Promise<Tidied>;
  /** Gives the lease back at once, for another worker to go on. */
  handOver(claim: Claim): Promise<void>;
  /** Calls back when something was queued or is to stop. */
  listen(listener: WorkListener): Promise<() => Promise<void>>;
}

export interface Renewal {
  readonly lost: ReadonlySet<GenerationId>;
  readonly stopped: ReadonlySet<GenerationId>;
}

export interface Tidied {
  readonly putBack: number;
  readonly dropped: number;
  /** Conversations whose last answer ended, and whose owner may not have been told. */
  readonly untold: readonly ConversationId[];
}

export interface WorkListener {
  queued(): void;
  stop(generationId: GenerationId): void;
}

// ------------------------------------------------------------------------------ live screens

/** What the store publishes; may lose, so listeners check contiguity. */
export interface LiveListener {
  /** `frame` is a whole server frame as JSON, ready to be sent on. */
  frame(frame: string): void;
  /** The connection was lost and is back: anything may have been missed. */
  reconnected(): void;
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
