/** A piece of an answer's text, addressed by position in UTF-16 units. */
export interface Delta {
  readonly fence: number;
  readonly at: number;
  readonly text: string;
  readonly part?: "reasoning" | undefined;
}

/** What a viewer has of one generation. */
export interface GenerationText {
  readonly fence: number;
  readonly text: string;
  readonly reasoning: string;
}

/** A generation never seen. */
export const UNSEEN: GenerationText = { fence: 0, text: "", reasoning: "" };

/**
 * Applies one delta: the one rule that makes every replay, merge and take-over safe, on the server
 * and on the page. It asks of the sender that no delta of a newer run is left out: the first one says
 * where that run begins, and a later one cannot tell that it is missing (`src/ws/receive-delta.ts`
 * sees to it where frames may be lost). Returns `"gap"` when text is missing before the delta: read it again from the
 * log. Returns `mine` itself when the delta says nothing new.
 */
export function applyDelta(mine: GenerationText, delta: Delta): GenerationText | "gap" {
  if (delta.fence < mine.fence) return mine;
  const reasoning = delta.part === "reasoning";
  const had = reasoning ? mine.reasoning : mine.text;
  if (delta.at > had.length) return "gap";
  if (delta.fence > mine.fence) {
    const has = had.slice(0, delta.at) + delta.text;
    // A new run that thinks again has not begun its answer.
    return reasoning
      ? { fence: delta.fence, text: "", reasoning: has }
      : { fence: delta.fence, text: has, reasoning: mine.reasoning };
  }
  const fresh = delta.text.slice(had.length - delta.at);
  if (fresh === "") return mine;
  return reasoning ? { ...mine, reasoning: had + fresh } : { ...mine, text: had + fresh };
}
