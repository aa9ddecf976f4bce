import {
  DeltaFrame,
  EventFrame,
  ServerFrame,
  SubscribedFrame,
} from "../../../src/protocol/frames.ts";
import { ConversationId, EventId } from "../../../src/protocol/ids.ts";

/** A logged event this page does not know: nothing to show, but the log has moved on. */
export interface SkippedEvent {
  readonly type: "skipped";
  readonly conversationId: ConversationId;
  readonly id: EventId;
}

/** A frame as this page understands it. */
export type KnownFrame = ServerFrame | SkippedEvent;

/** Parses one text frame; what this page does not know is `undefined`, never an error. */
export function decodeFrame(data: unknown): KnownFrame | undefined {
  if (typeof data !== "string") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  // Deltas are nearly all there is: they skip the union.
  if (value.type === "delta") return DeltaFrame.safeParse(value).data;
  if (value.type === "subscribed") return SubscribedFrame.safeParse(value).data;
  if (value.type === "event" && value.log !== "user") {
    return EventFrame.safeParse(value).data ?? skipped(value);
  }
  return ServerFrame.safeParse(value).data;
}

function skipped(value: Record<string, unknown>): SkippedEvent | undefined {
  const conversationId = ConversationId.safeParse(value.conversationId).data;
  const id = EventId.safeParse(value.id).data;
  return conversationId && id ? { type: "skipped", conversationId, id } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
