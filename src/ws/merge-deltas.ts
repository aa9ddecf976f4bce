import type { Delta, GenerationText } from "../protocol/apply-delta.ts";

/** How far a viewer is with one generation. */
export interface Position {
  readonly fence: number;
  readonly textLength: number;
  readonly reasoningLength: number;
}

export function positionOf({ fence, text, reasoning }: GenerationText): Position {
  return { fence, textLength: text.length, reasoningLength: reasoning.length };
}

/**
 * The fewest deltas that bring a viewer from `position` to `current`: what it misses, or, where
 * another run has taken over since, both parts anew.
 */
export function mergeDeltas(position: Position, current: GenerationText): Delta[] {
  const { fence, text, reasoning } = current;
  if (fence < position.fence) return [];
  if (fence > position.fence) {
    const deltas: Delta[] = [];
    // A reasoning delta of a higher fence empties both parts; without any, none is left behind.
    if (reasoning !== "" || position.reasoningLength > 0) {
      deltas.push({ fence, at: 0, text: reasoning, part: "reasoning" });
    }
    return [...deltas, { fence, at: 0, text }];
  }
  const deltas: Delta[] = [];
  if (reasoning.length > position.reasoningLength) {
    const at = position.reasoningLength;
    deltas.push({ fence, at, text: reasoning.slice(at), part: "reasoning" });
  }
  if (text.length > position.textLength) {
    const at = position.textLength;
    deltas.push({ fence, at, text: text.slice(at) });
  }
  return deltas;
}

/**
 * The deltas that bring a viewer whose text is `mine` to `current`, keeping what both begin with;
 * `undefined` where it cannot be: the same run says something else than before.
 */
export function deltasBetween(mine: GenerationText, current: GenerationText): Delta[] | undefined {
  const { fence, text, reasoning } = current;
  if (fence <= mine.fence) {
    if (fence < mine.fence) return [];
    return text.startsWith(mine.text) && reasoning.startsWith(mine.reasoning)
      ? mergeDeltas(positionOf(mine), current)
      : undefined;
  }
  if (reasoning !== mine.reasoning) return mergeDeltas(positionOf(mine), current);
  const at = commonLength(mine.text, text);
  return [{ fence, at, text: text.slice(at) }];
}

/** Units that both begin with, never half a surrogate pair. */
function commonLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  return at > 0 && /[\uD800-\uDBFF]/.test(a.charAt(at - 1)) ? at - 1 : at;
}
