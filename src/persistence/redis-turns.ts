import * as z from "zod/mini";
import { ChatError, notFound } from "../domain/errors.ts";
import type { TurnStore } from "../domain/ports.ts";
import { GenerationId, MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import type { Outcome } from "../protocol/outcome.ts";
import type { Keys } from "./keys.ts";
import { encodeMessage, encodeWithoutParent, splitAtParent } from "./message-codec.ts";
import { randomPart } from "./random-part.ts";
import type { Redis, Reply } from "./redis.ts";
import { allKeys } from "./turn-keys.ts";

/** Answers of one conversation that may wait, be queued or run at once. */
const MAX_RUNNING = 16;

const SubmitReply = z.union([
  z.tuple([z.literal("OK"), GenerationId]),
  z.tuple([z.literal("INVALID"), z.string()]),
  z.tuple([z.literal("NOT_FOUND"), z.string()]),
  z.tuple([z.literal("GONE")]),
  z.tuple([z.literal("LIMITED"), z.coerce.number()]),
]);

const StopReply = z.enum(["GONE", "ENDED", "TOLD"]);

export interface TurnStoreOptions {
  readonly historyTtlSeconds: number;
  /** Generations that one partition's queue may hold. */
  readonly maxQueued: number;
}

/** Questions, regenerations and stops: one script each. */
export function createRedisTurns(
  redis: Redis,
  keys: Keys,
  { historyTtlSeconds, maxQueued }: TurnStoreOptions,
): TurnStore {
  return {
    async submit({ conversationId, owner, messageId, generationId, content, parentId, ...rest }) {
      const now = new Date();
      const message: Omit<Message, "parentId"> = {
        id: messageId,
        role: "user",
        content,
        createdAt: now.toISOString(),
        status: "done",
        metadata: {},
      };
      const event = splitAtParent(message, (complete) =>
        JSON.stringify({ type: "message.created", message: complete }),
      );
      const reply = await redis.script("submit", allKeys(keys.of(conversationId)), [
        conversationId,
        owner,
        "send",
        `m:${messageId}`,
        generationId,
        messageId,
        parentId === undefined ? "newest" : (parentId ?? "root"),
        ...encodeWithoutParent(message),
        ...event,
        rest.model ?? "",
        "",
        now.getTime(),
        now.toISOString(),
        randomPart(),
        randomPart(),
        historyTtlSeconds,
        MAX_RUNNING,
        rest.refusal ?? "",
        maxQueued,
      ]);
      return { messageId, generationId: accepted(reply) };
    },

    async regenerate({ conversationId, owner, requestId, generationId, parentId, ...rest }) {
      const now = new Date();
      const reply = await redis.script("submit", allKeys(keys.of(conversationId)), [
        conversationId,
        owner,
        "regenerate",
        `r:${requestId}`,
        generationId,
        "",
        parentId,
        "",
        "",
        "",
        "",
        rest.model ?? "",
        rest.continueFrom ?? "",
        now.getTime(),
        now.toISOString(),
        randomPart(),
        randomPart(),
        historyTtlSeconds,
        MAX_RUNNING,
        rest.refusal ?? "",
        maxQueued,
      ]);
      return { generationId: accepted(reply) };
    },

    async stop(owner, conversationId, generationId) {
      const now = new Date().toISOString();
      const outcome: Outcome = {
        status: "stopped",
        engine: "",
        model: "",
        usage: {},
        timing: {},
        continued: 0,
      };
      const message = {
        id: MessageId.parse(generationId),
        role: "assistant",
        content: "",
        createdAt: now,
        status: "stopped",
        metadata: {},
      } as const;
      const reply = await redis.script("stop", allKeys(keys.of(conversationId)), [
        conversationId,
        owner,
        generationId,
        JSON.stringify(outcome),
        ...splitAtParent(message, encodeMessage),
        JSON.stringify({ type: "generation.stopped", generationId, length: 0 }),
        randomPart(),
        now,
        historyTtlSeconds,
      ]);
      if (StopReply.parse(reply) === "GONE") throw notFound("generation");
    },
  };
}

function accepted(reply: Reply): GenerationId {
  const result = SubmitReply.parse(reply);
  switch (result[0]) {
    case "OK":
      return result[1];
    case "INVALID":
      throw new ChatError("invalid", result[1]);
    case "NOT_FOUND":
      throw notFound(result[1]);
    case "GONE":
      throw notFound();
    case "LIMITED":
      throw new ChatError("limited", "Too many answers are waiting or under way.", {
        retryAfterMs: result[1],
      });
    default:
      return result satisfies never;
  }
}
