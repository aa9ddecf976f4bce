import type { Piece } from "../src/domain/ports/model.ts";

/** An answer put together as a screen would: `restart` empties it. */
export interface Collected {
  text: string;
  reasoning: string;
  /** The types of all pieces but text and reasoning, in order. */
  marks: string[];
  /** Tokens that the pieces cost. */
  tokens: number;
  finishReason: string | undefined;
  usage: Extract<Piece, { type: "usage" }>["usage"] | undefined;
  /** What it failed with, undefined where it did not. */
  error: unknown;
  pieces: Piece[];
}

/** Reads an answer to its end, whichever that is. `each` may act on a piece. */
export async function collect(
  answer: AsyncIterable<Piece>,
  each: (piece: Piece) => unknown = () => {},
): Promise<Collected> {
  const collected: Collected = {
    text: "",
    reasoning: "",
    marks: [],
    tokens: 0,
    finishReason: undefined,
    usage: undefined,
    error: undefined,
    pieces: [],
  };
  try {
    for await (const piece of answer) {
      collected.pieces.push(piece);
      if (piece.type === "text" || piece.type === "reasoning") {
        collected[piece.type] += piece.text;
        collected.tokens += piece.tokens ?? 0;
      } else collected.marks.push(piece.type);
      if (piece.type === "restart")
        Object.assign(collected, { text: "", reasoning: "", tokens: 0 });
      if (piece.type === "usage") collected.usage = piece.usage;
      if (piece.type === "end") collected.finishReason = piece.finishReason;
      await each(piece);
    }
  } catch (error) {
    collected.error = error;
  }
  return collected;
}
