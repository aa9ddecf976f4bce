import { setTimeout as sleep } from "node:timers/promises";
import type { GenerateRequest, Piece } from "../domain/ports/model.ts";
import { type Engine, type EngineType, partialOf } from "./engine.ts";
import { estimateTokens } from "./token-count.ts";

/** Room that the built-in engines claim to have, in tokens; they read no more than one message. */
const CONTEXT_TOKENS = 32_768;

/** A word with the space before it, long ones in parts of 16 characters. */
const WORDS = /\s*\S{1,16}|\s+$/gu;

/** What the user asked last; `""` where nothing was asked. */
function questionOf(request: GenerateRequest): string {
  return request.messages.findLast(({ role }) => role === "user")?.content ?? "";
}

/**
 * A built-in engine: gives the answer that `answer` knows at once, word by word, `delayMs` between
 * two. The same question gives the same answer, so it can go on from any position in it.
 */
export function createPacedEngine(
  type: EngineType,
  answer: (question: string) => string,
  delayMs: number,
): Engine {
  return {
    type,
    probe: async () => ({ status: "ready" }),
    limits: async () => ({ contextTokens: CONTEXT_TOKENS }),
    countTokens: async (text) => estimateTokens(text),
    async *generate(request, signal): AsyncGenerator<Piece, void, undefined> {
      const whole = answer(questionOf(request));
      const partial = partialOf(request);
      const continues = partial !== undefined && whole.startsWith(partial.text);
      if (partial && !continues) yield { type: "restart" };
      const rest = continues ? whole.slice(partial.text.length) : whole;
      let left =
        (request.parameters.maxTokens ?? Number.POSITIVE_INFINITY) -
        (continues ? partial.tokens : 0);
      let written = 0;
      for (const [text] of rest.matchAll(WORDS)) {
        signal.throwIfAborted();
        if (left <= 0) break;
        if (delayMs > 0) {
          // Node rejects with an error of its own; the port promises the signal's reason.
          await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
        }
        yield { type: "text", text, tokens: 1 };
        left -= 1;
        written += text.length;
      }
      yield { type: "end", finishReason: written < rest.length ? "length" : "stop" };
    },
  };
}
