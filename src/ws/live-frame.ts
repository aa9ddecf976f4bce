import type { DeltaFrame } from "../protocol/frames.ts";
import { EventFrame } from "../protocol/frames.ts";

/**
 * A published frame of a conversation. Deltas come once a token, from our own scripts: their shape
 * is checked by hand, a hundredth of a schema's cost. `undefined` for what this version cannot tell.
 */
export function parseLiveFrame(raw: string): DeltaFrame | EventFrame | undefined {
  const frame: unknown = JSON.parse(raw);
  if (isDelta(frame)) return frame;
  const event = EventFrame.safeParse(frame);
  return event.success ? event.data : undefined;
}

function isDelta(frame: unknown): frame is DeltaFrame {
  return (
    typeof frame === "object" &&
    frame !== null &&
    "type" in frame &&
    frame.type === "delta" &&
    "generationId" in frame &&
    typeof frame.generationId === "string" &&
    "fence" in frame &&
    typeof frame.fence === "number" &&
    "at" in frame &&
    typeof frame.at === "number" &&
    "text" in frame &&
    typeof frame.text === "string"
  );
}
