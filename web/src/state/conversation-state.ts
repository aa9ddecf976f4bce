import { type GenerationText, UNSEEN } from "../../../src/protocol/apply-delta.ts";
import type { EventId, GenerationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";

/** An answer that is waiting, queued or running. */
export interface LiveGeneration {
  readonly text: GenerationText;
  readonly status: "queued" | "running";
  /** How many are ahead of it, from 0; absent where the server has not said. */
  readonly position: number | undefined;
  /** How long it will wait, in ms; absent where the server cannot tell. */
  readonly estimateMs?: number | undefined;
  /** How often this page saw another worker take over in mid-answer. */
  readonly continued: number;
}

/** A message of ours that the log has not shown yet. */
export interface PendingMessage {
  readonly messageId: MessageId;
  readonly content: string;
  /** Where it is shown meanwhile: below this message. */
  readonly under: MessageId | null;
  /** ISO 8601, by this machine's clock. */
  readonly createdAt: string;
  /** Why the server refused it, in words; it is not sent again by itself. */
  readonly refusal: string | undefined;
  /** It waits for the answer above it; where that failed or was stopped, for its writer's word. */
  readonly queued?: "waiting" | "failed" | "stopped" | undefined;
}

/** What this page knows of one conversation; every fold returns a new one and changes none. */
export interface ConversationState {
  readonly phase: "loading" | "ready" | "missing";
  /** The last event applied; where the next subscription resumes. */
  readonly cursor: EventId | undefined;
  /** In the order of the history as far as it is loaded; running answers are in it, without text. */
  readonly messages: ReadonlyMap<MessageId, Message>;
  /** Whether there may be messages before the first loaded one. */
  readonly older: "maybe" | "none";
  readonly live: ReadonlyMap<GenerationId, LiveGeneration>;
  readonly pending: readonly PendingMessage[];
  /** Written while an answer grows, and kept in the page until it ends; always at the path's end. */
  readonly queued: readonly PendingMessage[];
  /** Versions the reader chose, by the key of their group; elsewhere the newest is shown. */
  readonly chosen: ReadonlyMap<string, MessageId>;
}

/** A conversation nothing is known of; a `ready` one is new and empty. */
export function emptyConversation(phase: ConversationState["phase"]): ConversationState {
  return {
    phase,
    cursor: undefined,
    messages: new Map(),
    older: phase === "ready" ? "none" : "maybe",
    live: new Map(),
    pending: [],
    queued: [],
    chosen: new Map(),
  };
}

/** Shows a message of ours before the server has it; the newest version is what one sees next. */
export function addPending(state: ConversationState, message: PendingMessage): ConversationState {
  const known = state.pending.some((item) => item.messageId === message.messageId);
  if (known || state.messages.has(message.messageId)) return state;
  return showNewest({ ...state, pending: [...state.pending, message] }, message.under);
}

/** Marks a message of ours as refused, or (`undefined`) as sent again. */
export function refusePending(
  state: ConversationState,
  messageId: MessageId,
  refusal: string | undefined,
): ConversationState {
  const pending = state.pending.map((item) =>
    item.messageId === messageId ? { ...item, refusal } : item,
  );
  return { ...state, pending };
}

/** Takes a message of ours back that was never sent. */
export function dropPending(state: ConversationState, messageId: MessageId): ConversationState {
  return { ...state, pending: state.pending.filter((item) => item.messageId !== messageId) };
}

/** Shows a message of ours that waits for the answer above it, or (`undefined`) no longer. */
export function queue(
  state: ConversationState,
  id: MessageId,
  message: PendingMessage | undefined,
): ConversationState {
  const at = state.queued.findIndex((item) => item.messageId === id);
  if (at === -1) return message ? { ...state, queued: [...state.queued, message] } : state;
  return { ...state, queued: state.queued.toSpliced(at, 1, ...(message ? [message] : [])) };
}

/** Shows one version of a message instead of the newest. */
export function choose(state: ConversationState, group: string, id: MessageId): ConversationState {
  return { ...state, chosen: new Map(state.chosen).set(group, id) };
}

/** Forgets the reader's choice below `parent`: something newer was asked for there. */
export function showNewest(state: ConversationState, parent: MessageId | null): ConversationState {
  const group = parent ?? "root";
  if (!state.chosen.has(group)) return state;
  const chosen = new Map(state.chosen);
  chosen.delete(group);
  return { ...state, chosen };
}

/** Adds an older page before what is loaded; what the log already told wins. */
export function foldOlderPage(
  state: ConversationState,
  items: readonly Message[],
  more: boolean,
): ConversationState {
  const fresh = items.filter((item) => !state.messages.has(item.id));
  const messages = new Map([...fresh.map((item) => [item.id, item] as const), ...state.messages]);
  const live = new Map(state.live);
  for (const item of fresh) if (item.status === "streaming") live.set(item.id, liveFromPage(item));
  const pending = state.pending.filter((item) => !messages.has(item.messageId));
  return { ...state, messages, live, pending, older: more ? "maybe" : "none" };
}

/** An answer in a page that runs but is not among the subscription's: any delta's fence is newer. */
export function liveFromPage(message: Message): LiveGeneration {
  const text = { ...UNSEEN, text: message.content, reasoning: message.reasoning ?? "" };
  return {
    text,
    status: "running",
    position: undefined,
    continued: message.metadata.continued ?? 0,
  };
}
