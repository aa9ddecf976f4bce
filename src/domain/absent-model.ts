import { ChatError } from "./errors.ts";
import type { ChatModel } from "./ports/model.ts";

/** Bounds that let a prompt be built, which nobody will read. */
const CONTEXT_TOKENS = 8_192;

/** Stands for a model that was picked and is not there: whatever is asked of it fails, and may be tried again. */
export function absentModel(id: string): ChatModel {
  return {
    id,
    engine: "none",
    limits: async () => ({ contextTokens: CONTEXT_TOKENS }),
    countTokens: async (text) => Math.ceil(text.length / 4),
    generate: (_request, signal) => ({
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          signal.throwIfAborted();
          throw new ChatError("unavailable", "The model is not there right now.");
        },
      }),
    }),
  };
}
