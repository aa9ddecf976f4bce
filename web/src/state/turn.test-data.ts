import type { DeltaFrame, SubscribedFrame } from "../../../src/protocol/frames.ts";
import { LOG_START } from "../../../src/protocol/ids.ts";
import { type ConversationState, emptyConversation } from "./conversation-state.ts";
import { type ConversationFrame, foldFrame } from "./fold-frame.ts";
import { CONVERSATION, idOf, logged, message } from "./sample.test-data.ts";

/** The one turn these tests are about. */
export const QUESTION = idOf(1);
export const ANSWER = idOf(2);

/** An answer to `subscribe`: an empty snapshot, but for `more`. */
export function subscribed(more: Partial<SubscribedFrame>): SubscribedFrame {
  return {
    type: "subscribed",
    conversationId: CONVERSATION,
    mode: "snapshot",
    cursor: LOG_START,
    generations: [],
    ...more,
  };
}

/** A delta of the answer. */
export function delta(fence: number, at: number, text: string, part?: "reasoning"): DeltaFrame {
  const base = { type: "delta", conversationId: CONVERSATION, generationId: ANSWER } as const;
  return part ? { ...base, fence, at, text, part } : { ...base, fence, at, text };
}

/** The answer's end, at that length. */
export const finished = (length: number) =>
  ({
    type: "generation.finished",
    generationId: ANSWER,
    length,
    finishReason: "stop",
    usage: {},
    timing: {},
  }) as const;

/** Folds frames that have no gap. */
export function fold(frames: readonly ConversationFrame[], from = emptyConversation("loading")) {
  return frames.reduce<ConversationState>((state, frame) => {
    const next = foldFrame(state, frame);
    if (next === "gap") throw new Error("gap");
    return next;
  }, from);
}

/** Asked, and third in line. */
export const ASKED: readonly ConversationFrame[] = [
  subscribed({}),
  logged(1, { type: "message.created", message: message(1, null) }),
  logged(2, { type: "generation.queued", generationId: ANSWER, parentId: QUESTION, position: 2 }),
];
/** A worker has begun. */
export const STARTED = logged(3, {
  type: "generation.started",
  generationId: ANSWER,
  model: "m",
  engine: "e",
});
