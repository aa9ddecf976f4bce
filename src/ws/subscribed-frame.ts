import type { RunningGenerations } from "../domain/ports/live.ts";
import type { EventLog, MessageHistory } from "../domain/ports/store.ts";
import { isEndEvent } from "../protocol/events.ts";
import type { GenerationState, SubscribedFrame } from "../protocol/frames.ts";
import type { ConversationId, EventId, GenerationId } from "../protocol/ids.ts";
import { eventFrame } from "./frame-text.ts";

/** Events one replay may hold. */
const MAX_REPLAY_EVENTS = 1_000;
/** Characters one replay or snapshot may hold, beside one message of any length. */
const MAX_LENGTH = 400_000;
/** Messages of a snapshot. */
const SNAPSHOT_MESSAGES = 50;

export interface SubscribedDeps {
  readonly history: MessageHistory;
  readonly events: EventLog;
  readonly running: RunningGenerations;
}

/** What answers a `subscribe`, but for the generations that run, which the watch knows. */
export interface SubscribedParts {
  readonly frame: Omit<SubscribedFrame, "generations">;
  /** Those that ended after the client's cursor. */
  readonly ended: readonly GenerationState[];
  /** The replayed events, each as a whole frame. */
  readonly events: readonly string[];
  /** The end of the log as read. */
  readonly upTo: EventId;
}

/**
 * Reads a replay from `after` where that cursor stands and what follows is small enough to send at
 * once, else a snapshot whose cursor is `last`.
 */
export async function readSubscribed(
  deps: SubscribedDeps,
  id: ConversationId,
  after: EventId | undefined,
  last: EventId,
): Promise<SubscribedParts> {
  const replayed = after === undefined ? undefined : await replay(deps, id, after);
  if (replayed !== undefined) return replayed;
  const page = await deps.history.page(id, { limit: SNAPSHOT_MESSAGES, maxBytes: MAX_LENGTH });
  return {
    frame: {
      type: "subscribed",
      conversationId: id,
      mode: "snapshot",
      cursor: last,
      messages: [...page.items],
    },
    ended: [],
    events: [],
    upTo: last,
  };
}

async function replay(
  deps: SubscribedDeps,
  id: ConversationId,
  after: EventId,
): Promise<SubscribedParts | undefined> {
  const missed = await deps.events.read(id, after, MAX_REPLAY_EVENTS + 1);
  if (missed === undefined || missed.length > MAX_REPLAY_EVENTS) return undefined;
  const events = missed.map((entry) => eventFrame(id, entry));
  let length = events.reduce((sum, event) => sum + event.length, 0);
  // Events about messages hold them whole.
  if (length > MAX_LENGTH) return undefined;
  const ended: GenerationState[] = [];
  for (const { event } of missed) {
    if (!isEndEvent(event)) continue;
    const state = await endedState(deps, id, event.generationId, STATUS[event.type]);
    length += state.text.length + (state.reasoning?.length ?? 0);
    if (length > MAX_LENGTH) return undefined;
    ended.push(state);
  }
  return {
    frame: { type: "subscribed", conversationId: id, mode: "replay", cursor: after },
    ended,
    events,
    upTo: missed.at(-1)?.id ?? after,
  };
}

const STATUS = {
  "generation.finished": "finished",
  "generation.stopped": "stopped",
  "generation.failed": "failed",
} as const;

async function endedState(
  { running, history }: SubscribedDeps,
  id: ConversationId,
  generationId: GenerationId,
  status: GenerationState["status"],
): Promise<GenerationState> {
  const streamed = await running.text(id, generationId);
  // The delta stream expires an hour after the end; the stored message stays.
  const message = streamed.outcome === undefined ? await history.get(id, generationId) : undefined;
  const reasoning = message === undefined ? streamed.reasoning : (message.reasoning ?? "");
  return {
    generationId,
    fence: streamed.fence,
    text: message?.content ?? streamed.text,
    ...(reasoning === "" ? {} : { reasoning }),
    status,
  };
}
