import { applyDelta, type GenerationText, UNSEEN } from "../../../src/protocol/apply-delta.ts";
import { type ChatEvent, type EndEvent, isEndEvent } from "../../../src/protocol/events.ts";
import type {
  DeltaFrame,
  EventFrame,
  GenerationState,
  SubscribedFrame,
} from "../../../src/protocol/frames.ts";
import { type GenerationId, type MessageId, sequenceOf } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { SkippedEvent } from "../socket/decode-frame.ts";
import { type ConversationState, type LiveGeneration, liveFromPage } from "./conversation-state.ts";

/** A frame of one conversation. */
export type ConversationFrame = SubscribedFrame | EventFrame | DeltaFrame | SkippedEvent;

/** How to fold. */
export interface FoldOptions {
  /** Takes an event although something before it is missing: asking again did not help. */
  readonly lenient?: boolean;
}

/**
 * Folds one frame into what the page knows. Pure: replaying the log rebuilds the screen, and a
 * frame seen twice changes nothing. `"gap"` means something is missing: subscribe again after the
 * cursor.
 */
export function foldFrame(
  state: ConversationState,
  frame: ConversationFrame,
  options: FoldOptions = {},
): ConversationState | "gap" {
  switch (frame.type) {
    case "subscribed":
      return frame.mode === "snapshot" ? foldSnapshot(state, frame) : foldReplay(state, frame);
    case "delta":
      return foldDelta(state, frame);
    case "event":
    case "skipped":
      return foldLogged(state, frame, options);
    default:
      frame satisfies never;
      return state;
  }
}

/** The log goes on after our cursor; the texts of what runs, or ended since, come whole. */
function foldReplay(state: ConversationState, frame: SubscribedFrame): ConversationState {
  const live = new Map(state.live);
  for (const generation of frame.generations) {
    const known = state.messages.get(generation.generationId);
    if (known && known.status !== "streaming") continue;
    live.set(generation.generationId, liveFromFrame(generation, live));
  }
  return { ...state, phase: "ready", cursor: frame.cursor, live };
}

function foldSnapshot(state: ConversationState, frame: SubscribedFrame): ConversationState {
  const page = frame.messages ?? [];
  const messages = new Map<MessageId, Message>();
  const first = page[0];
  const connected = first !== undefined && state.messages.has(first.id);
  if (connected) {
    for (const [id, message] of state.messages) {
      if (id === first.id) break;
      if (message.status !== "streaming") messages.set(id, message);
    }
  }
  for (const message of page) messages.set(message.id, message);
  const live = new Map<GenerationId, LiveGeneration>();
  for (const message of page) {
    if (message.status === "streaming") live.set(message.id, liveFromPage(message));
  }
  for (const generation of frame.generations) {
    const { generationId } = generation;
    live.set(generationId, liveFromFrame(generation, state.live));
    const placed = state.messages.get(generationId);
    if (placed && !messages.has(generationId)) messages.set(generationId, placed);
  }
  return {
    ...state,
    phase: "ready",
    cursor: frame.cursor,
    messages,
    live,
    older: page.length === 0 ? "none" : connected ? state.older : "maybe",
    pending: state.pending.filter((item) => !messages.has(item.messageId)),
  };
}

function liveFromFrame(
  { generationId, fence, text, reasoning = "", status }: GenerationState,
  known: ReadonlyMap<GenerationId, LiveGeneration>,
): LiveGeneration {
  const mine = known.get(generationId);
  return {
    ...(status === "queued" && mine ? mine : NOT_BEGUN),
    text: { fence, text, reasoning },
    status: status === "queued" ? "queued" : "running",
    continued: timesContinued(mine, fence),
  };
}

const NOT_BEGUN: LiveGeneration = {
  text: UNSEEN,
  status: "queued",
  position: undefined,
  continued: 0,
};

/** A higher fence upon text that is there is another worker's. */
function timesContinued(known: LiveGeneration | undefined, fence: number): number {
  if (!known) return 0;
  const takenOver = known.text.fence > 0 && fence > known.text.fence;
  return known.continued + Number(takenOver);
}

function foldDelta(state: ConversationState, frame: DeltaFrame): ConversationState | "gap" {
  const known = state.live.get(frame.generationId);
  // A late double of an answer that has ended.
  if (!known && state.messages.has(frame.generationId)) return state;
  const mine = known?.text ?? UNSEEN;
  const text = applyDelta(mine, frame);
  if (text === "gap") return "gap";
  if (text === mine) return state;
  const live = new Map(state.live);
  const continued = timesContinued(known, frame.fence);
  live.set(frame.generationId, { text, status: "running", position: undefined, continued });
  return { ...state, live };
}

function foldLogged(
  state: ConversationState,
  frame: EventFrame | SkippedEvent,
  options: FoldOptions,
): ConversationState | "gap" {
  const { id } = frame;
  if (id !== undefined && state.cursor !== undefined) {
    const ahead = sequenceOf(id) - sequenceOf(state.cursor);
    if (ahead <= 0) return state;
    if (ahead > 1 && !options.lenient) return "gap";
  }
  const next = frame.type === "event" ? foldEvent(state, frame.event, options) : state;
  if (next === "gap") return "gap";
  return id === undefined ? next : { ...next, cursor: id };
}

function foldEvent(
  state: ConversationState,
  event: ChatEvent,
  options: FoldOptions,
): ConversationState | "gap" {
  if (isEndEvent(event)) return foldEnd(state, event, options.lenient ?? false);
  switch (event.type) {
    case "message.created": {
      const messages = new Map(state.messages).set(event.message.id, event.message);
      const pending = state.pending.filter((item) => item.messageId !== event.message.id);
      return { ...state, messages, pending };
    }
    case "message.updated": {
      const { message } = event;
      if (state.messages.get(message.id)?.status !== message.status) return state;
      return { ...state, messages: withMessage(state, message) };
    }
    case "generation.queued":
      return foldQueued(state, event);
    case "generation.started": {
      const message = state.messages.get(event.generationId);
      if (message?.status !== "streaming") return state;
      const { model, engine } = event;
      const live = new Map(state.live);
      const { text, continued } = live.get(message.id) ?? NOT_BEGUN;
      live.set(message.id, { text, status: "running", position: undefined, continued });
      const metadata = { ...message.metadata, model, engine };
      return { ...state, live, messages: withMessage(state, { ...message, metadata }) };
    }
    case "conversation.deleted":
      return { ...state, phase: "missing" };
    case "conversation.updated":
      return state;
    default:
      event satisfies never;
      return state;
  }
}

type Queued = Extract<ChatEvent, { type: "generation.queued" }>;

/** The first places the answer in the tree; later ones only move it up the line. */
function foldQueued(state: ConversationState, event: Queued): ConversationState {
  const { generationId, parentId, position, estimateMs } = event;
  const placed = state.messages.get(generationId);
  if (placed && placed.status !== "streaming") return state;
  const known = state.live.get(generationId);
  if (known?.status === "running" && placed) return state;
  const live = new Map(state.live);
  live.set(
    generationId,
    known?.status === "running"
      ? known
      : { ...(known ?? NOT_BEGUN), status: "queued", position, estimateMs },
  );
  if (placed) return { ...state, live };
  const message: Message = {
    id: generationId,
    parentId,
    role: "assistant",
    content: "",
    createdAt: newestTime(state.messages.values()),
    status: "streaming",
    metadata: {},
  };
  return { ...state, live, messages: withMessage(state, message) };
}

/** The text moves from the living to the kept; its length proves that nothing is missing. */
function foldEnd(
  state: ConversationState,
  event: EndEvent,
  lenient: boolean,
): ConversationState | "gap" {
  const { generationId } = event;
  const message = state.messages.get(generationId);
  const known = state.live.get(generationId);
  if (message && message.status !== "streaming") return state;
  if (!message && !known) return state;
  const text = known?.text ?? UNSEEN;
  if (!lenient && !isWhole(text, event)) return "gap";
  const live = new Map(state.live);
  live.delete(generationId);
  if (!message) return { ...state, live };
  const ended: Message = {
    ...message,
    content: text.text,
    ...(text.reasoning === "" ? {} : { reasoning: text.reasoning }),
    ...ending(event, known?.continued ? withContinued(message, known.continued) : message),
  };
  return { ...state, live, messages: withMessage(state, ended) };
}

function isWhole(text: GenerationText, event: EndEvent): boolean {
  if (text.text.length !== event.length) return false;
  if (event.type !== "generation.finished" || event.reasoningLength === undefined) return true;
  return text.reasoning.length === event.reasoningLength;
}

function withContinued(message: Message, continued: number): Message {
  return { ...message, metadata: { ...message.metadata, continued } };
}

function ending(event: EndEvent, message: Message): Pick<Message, "status" | "metadata"> {
  switch (event.type) {
    case "generation.finished": {
      const { finishReason, usage, timing } = event;
      return { status: "done", metadata: { ...message.metadata, finishReason, usage, timing } };
    }
    case "generation.stopped":
      return { status: "stopped", metadata: message.metadata };
    case "generation.failed": {
      const failure = { code: event.code, retryable: event.retryable };
      return { status: "failed", metadata: { ...message.metadata, failure } };
    }
    default:
      event satisfies never;
      return message;
  }
}

/** The log does not say when; by the server's own clock it is not before anything we have. */
function newestTime(messages: Iterable<Message>): string {
  let newest = "1970-01-01T00:00:00.000Z";
  for (const { createdAt } of messages) {
    if (Date.parse(createdAt) > Date.parse(newest)) newest = createdAt;
  }
  return newest;
}

function withMessage(state: ConversationState, message: Message): Map<MessageId, Message> {
  return new Map(state.messages).set(message.id, message);
}
