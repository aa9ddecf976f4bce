import { absentModel } from "./absent-model.ts";
import { ChatError } from "./errors.ts";
import type { Catalogue, ChatModel } from "./ports/model.ts";

/**
 * A model that was asked for by name and has left the catalogue since answers no more; what was merely
 * the conversation's is stood in for by the default, which the reader sees picked.
 */
export async function pickModel(
  catalogue: Catalogue,
  asked: string | undefined,
  usual: string | undefined,
  signal: AbortSignal,
): Promise<ChatModel> {
  const id = asked ?? usual;
  if (id !== undefined) await catalogue.settle?.(id, signal);
  try {
    return catalogue.pick(id);
  } catch (error) {
    if (!(error instanceof ChatError && error.code === "invalid")) throw error;
    return asked === undefined ? catalogue.pick() : absentModel(asked);
  }
}
