import type { ConversationId, GenerationId, MessageId, UserId } from "../../protocol/ids.ts";
import type { Outcome } from "../../protocol/outcome.ts";

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
  /** Of what asked; its answer goes on with the trace. */
  readonly traceparent?: string | undefined;
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
  /** Of what asked; its answer goes on with the trace. */
  readonly traceparent?: string | undefined;
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
  /** Where it was: in the queue, under a lease that ran out, or given back by its worker. */
  readonly from: "queue" | "expired" | "handed_over";
  /** Of what asked for it. */
  readonly traceparent?: string | undefined;
  /** The `traceparent` of the run before this one. */
  readonly previousRun?: string | undefined;
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
  /** Keeps the `traceparent` of this run, for the next one. */
  noteRun(claim: Claim, traceparent: string): Promise<void>;
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
