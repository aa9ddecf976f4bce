import type { LoggedEvent } from "../domain/ports/store.ts";
import type { Delta } from "../protocol/apply-delta.ts";
import type { DeltaFrame, EventFrame } from "../protocol/frames.ts";
import type { ConversationId, GenerationId } from "../protocol/ids.ts";

/** A delta as it travels. */
export function deltaFrame(
  conversationId: ConversationId,
  generationId: GenerationId,
  delta: Delta,
): string {
  const frame: DeltaFrame = { type: "delta", conversationId, generationId, ...delta };
  return JSON.stringify(frame);
}

/** A logged event as it travels. */
export function eventFrame(conversationId: ConversationId, { id, event }: LoggedEvent): string {
  const frame: EventFrame = { type: "event", conversationId, id, event };
  return JSON.stringify(frame);
}
