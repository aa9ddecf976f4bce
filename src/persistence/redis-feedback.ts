import * as z from "zod/mini";
import { ChatError, notFound } from "../domain/errors.ts";
import type { FeedbackStore } from "../domain/ports/store.ts";
import type { ConversationId, MessageId } from "../protocol/ids.ts";
import type { Feedback } from "../protocol/message.ts";
import type { Keys } from "./keys.ts";
import { decodeMessage, withFeedback } from "./message-codec.ts";
import { randomPart } from "./random-part.ts";
import type { Redis } from "./redis.ts";
import { allKeys } from "./turn-keys.ts";

/** How often the record is read again where another screen was quicker. */
const MAX_TRIES = 5;
const Reply = z.enum(["OK", "GONE", "CHANGED"]);
const Place = z.object({ position: z.int().check(z.nonnegative()) });

/**
 * Feedback stands in the message's own record, so that it is read with it wherever that is read, and
 * goes with it. A record is written but once before, by the script that ends its generation.
 */
export function createRedisFeedback(
  redis: Redis,
  keys: Keys,
  { historyTtlSeconds }: { readonly historyTtlSeconds: number },
): FeedbackStore {
  async function recordOf(id: ConversationId, messageId: MessageId): Promise<string> {
    const { sent, messages, running } = keys.of(id);
    const place = await redis.run((client) => client.hGet(sent, `m:${messageId}`));
    if (!place) {
      if (await redis.run((client) => client.hExists(running, messageId))) throw notEnded();
      throw notFound("message");
    }
    const index = -(Place.parse(JSON.parse(place)).position + 1);
    const record = await redis.run((client) => client.lIndex(messages, index));
    if (record === null) throw notFound("message");
    return record;
  }

  return {
    async rate(owner, id, messageId, feedback) {
      const k = keys.of(id);
      if ((await redis.run((client) => client.hGet(k.conversation, "owner"))) !== owner) {
        throw notFound();
      }
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const before = await recordOf(id, messageId);
        const message = decodeMessage(before);
        if (message?.id !== messageId) throw notFound("message");
        if (message.role !== "assistant") throw notEnded();
        if (isSame(message.feedback, feedback)) return message;
        const after = withFeedback(before, feedback);
        const rated = decodeMessage(after);
        if (rated === undefined) throw notFound("message");
        const reply = await redis.script("feedback", allKeys(k), [
          id,
          owner,
          messageId,
          before,
          after,
          // The log keeps a reference: a long answer that is rated often would fill it.
          JSON.stringify({ type: "message.updated", messageId }),
          JSON.stringify({ type: "message.updated", message: rated }),
          randomPart(),
          historyTtlSeconds,
        ]);
        const result = Reply.parse(reply);
        if (result === "OK") return rated;
        if (result === "GONE") throw notFound();
      }
      throw new ChatError("limited", "Too many screens rate this answer at once.");
    },
  };
}

function isSame(one: Feedback | undefined, other: Feedback | undefined): boolean {
  return one?.rating === other?.rating && one?.note === other?.note;
}

function notEnded(): ChatError {
  return new ChatError("invalid", "Only an answer that has ended can be rated.");
}
