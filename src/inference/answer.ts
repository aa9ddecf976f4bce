import type { GenerateRequest, Partial, Piece } from "../domain/ports/model.ts";
import type { Usage } from "../protocol/message.ts";
import { createStopCutter } from "./stop-strings.ts";

/** A piece of the text, or of the thought before it. */
export type Words = Extract<Piece, { readonly type: "text" | "reasoning" }>;

/** What is written of one answer, over all the attempts that it takes. */
export interface Answer {
  /** What the next attempt goes on from; undefined while there is nothing. */
  partial(): Partial | undefined;
  /** True once it has as many tokens as it may. */
  readonly full: boolean;
  /** True once a stop string ended it. */
  readonly stopped: boolean;
  /** An attempt begins. */
  begin(): void;
  /** Takes what an engine wrote; gives what may be shown of it. */
  add(words: Words): Words | undefined;
  /** Takes what the engine of this attempt says that it cost. */
  spent(usage: Usage): void;
  /** What was written is void. */
  restart(): void;
  /** What was held back for a stop string that did not come. */
  flush(): Words | undefined;
  /** What the whole answer cost, earlier attempts included. */
  usage(): Usage;
}

/** The answer to `request`, beginning with what it continues from. */
export function createAnswer({ continueFrom, parameters }: GenerateRequest): Answer {
  const stops = parameters.stop ?? [];
  const maxTokens = parameters.maxTokens ?? Number.POSITIVE_INFINITY;
  let text = continueFrom?.text ?? "";
  let reasoning = continueFrom?.reasoning ?? "";
  let tokens = continueFrom?.tokens ?? 0;
  let cutter = createStopCutter(stops, text);
  let thoughts = createStopCutter([]);
  let unsent = 0;
  let tokensBefore = tokens;
  let told: Usage = {};

  function words(type: Words["type"], shown: string): Words | undefined {
    if (shown === "") return undefined;
    const cost = unsent;
    unsent = 0;
    return { type, text: shown, tokens: cost };
  }

  return {
    partial() {
      if (text === "" && reasoning === "") return undefined;
      return { text: text.toWellFormed(), reasoning: reasoning.toWellFormed(), tokens };
    },
    get full() {
      return tokens >= maxTokens;
    },
    get stopped() {
      return cutter.stopped;
    },
    begin() {
      tokensBefore = tokens;
    },
    add(piece) {
      const cost = piece.tokens ?? 1;
      tokens += cost;
      unsent += cost;
      if (piece.type === "reasoning") {
        reasoning += piece.text;
        return words("reasoning", thoughts.push(piece.text));
      }
      text += piece.text;
      return words("text", cutter.push(piece.text));
    },
    spent({ promptTokens, completionTokens }) {
      // To a continued attempt the text before it was a part of the prompt.
      const prompt = promptTokens === undefined ? undefined : promptTokens - tokensBefore;
      told = {
        ...told,
        ...(prompt !== undefined && { promptTokens: told.promptTokens ?? Math.max(0, prompt) }),
        ...(completionTokens !== undefined && {
          completionTokens: tokensBefore + completionTokens,
        }),
      };
    },
    restart() {
      text = "";
      reasoning = "";
      tokens = 0;
      tokensBefore = 0;
      unsent = 0;
      told = {};
      cutter = createStopCutter(stops);
      thoughts = createStopCutter([]);
    },
    flush: () => words("text", cutter.flush()),
    usage: () => ({ completionTokens: tokens, ...told }),
  };
}
