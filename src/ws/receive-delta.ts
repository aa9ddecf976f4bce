import { applyDelta, type Delta, type GenerationText } from "../protocol/apply-delta.ts";

/**
 * Applies a delta that came over a channel that may lose some. `"read"` where only the log can tell
 * the text: something is missing, or another run has taken over, of which this may not be the first.
 */
export function receiveDelta(mine: GenerationText, delta: Delta): GenerationText | "read" {
  const written = mine.text !== "" || mine.reasoning !== "";
  if (delta.fence > mine.fence && written) return "read";
  const next = applyDelta(mine, delta);
  return next === "gap" ? "read" : next;
}
