import * as z from "zod/mini";
import type { StreamedText } from "../domain/ports/turn.ts";
import { applyDelta, type GenerationText, UNSEEN } from "../protocol/apply-delta.ts";
import type { ConversationId, GenerationId } from "../protocol/ids.ts";
import { Outcome } from "../protocol/outcome.ts";
import { deltasKey, type Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** Entries read at once. */
const CHUNK = 500;

const Entry = z.object({
  fence: z.coerce.number(),
  at: z.coerce.number(),
  part: z.enum(["", "reasoning"]),
  text: z.string(),
  tokens: z.coerce.number(),
});

/**
 * Rebuilds a generation's text from its delta stream. Only a contiguous chain counts: at a break
 * (a store that lost writes) the valid part before it stands.
 */
export async function readDeltas(
  redis: Redis,
  keys: Keys,
  conversationId: ConversationId,
  generationId: GenerationId,
): Promise<StreamedText> {
  const key = deltasKey(keys.of(conversationId), generationId);
  let state: GenerationText = UNSEEN;
  let tokens = 0;
  let entries = 0;
  let seams = 0;
  let broken = false;
  let outcome: Outcome | undefined;
  for (let start = "-"; ; ) {
    const chunk = await redis.run((client) => client.xRange(key, start, "+", { COUNT: CHUNK }));
    for (const { id, message } of chunk) {
      const number = Number(id.slice(0, id.indexOf("-")));
      if (number !== entries + 1) broken = true;
      entries = number;
      if (message.outcome !== undefined) {
        outcome = Outcome.parse(JSON.parse(message.outcome));
        continue;
      }
      const { part, tokens: cost, ...delta } = Entry.parse(message);
      // Another run has read what stands before the break, and goes on from there.
      if (broken && delta.fence <= state.fence) continue;
      const next = applyDelta(state, part === "reasoning" ? { ...delta, part } : delta);
      if (next === "gap") {
        broken = true;
        continue;
      }
      broken = false;
      // A run that began anew costs its own tokens only.
      tokens = delta.fence > state.fence && delta.at === 0 ? cost : tokens + cost;
      if (delta.fence > state.fence && state.fence > 0) seams += 1;
      state = next;
    }
    const last = chunk.at(-1);
    if (last === undefined || chunk.length < CHUNK) break;
    start = `(${last.id}`;
  }
  return { ...state, tokens, entries, seams, ...(outcome ? { outcome } : {}) };
}
