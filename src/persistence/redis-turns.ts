import * as z from "zod/mini";
import { ChatError, notFound } from "../domain/errors.ts";
import type { Submission, TurnStore } from "../domain/ports/turn.ts";
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

type Asked = Pick<
  Submission,
  "conversationId" | "owner" | "generationId" | "model" | "refusal" | "traceparent"
>;

/** Where a question and another answer differ, as `submit.lua` takes it. */
interface SubmitFields {
  readonly kind: "send" | "regenerate";
  /** Under which the answer is stored. */
  readonly requestKey: string;
  readonly messageId: string;
  readonly parent: string;
  /** Before and after the place of the parent's id. */
  readonly message: readonly [string, string];
  readonly event: readonly [string, string];
  readonly continueFrom?: string;
}

/** Questions, regenerations and stops: one script each. */
export function createRedisTurns(
  redis: Redis,
  keys: Keys,
  { historyTtlSeconds, maxQueued }: TurnStoreOptions,
): TurnStore {
  /** What a question and another answer have in common; `now` is when they are asked for. */
  async function accept(
    asked: Asked,
    { kind, requestKey, messageId, parent, message, event, continueFrom = "" }: SubmitFields,
    now: Date,
  ): Promise<GenerationId> {
    const { conversationId, owner, generationId, model = "", refusal = "" } = asked;
    const { traceparent = "" } = asked;
    const reply = await redis.script("submit", allKeys(keys.of(conversationId)), [
      conversationId,
      owner,
      kind,
      requestKey,
      generationId,
      messageId,
      parent,
      ...message,
      ...event,
      model,
      continueFrom,
      now.getTime(),
      now.toISOString(),
      randomPart(),
      randomPart(),
      historyTtlSeconds,
      MAX_RUNNING,
      refusal,
      maxQueued,
      traceparent,
    ]);
    return accepted(reply);
  }

  return {
    async submit({ messageId, content, parentId, ...asked }) {
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
      const fields = {
        kind: "send",
        requestKey: `m:${messageId}`,
        messageId,
        parent: parentId === undefined ? "newest" : (parentId ?? "root"),
        message: encodeWithoutParent(message),
        event,
      } as const;
      return { messageId, generationId: await accept(asked, fields, now) };
    },

    async regenerate({ requestId, parentId, continueFrom, ...asked }) {
      const fields = {
        kind: "regenerate",
        requestKey: `r:${requestId}`,
        messageId: "",
        parent: parentId,
        message: ["", ""],
        event: ["", ""],
        ...(continueFrom === undefined ? {} : { continueFrom }),
      } as const;
      return { generationId: await accept(asked, fields, new Date()) };
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
