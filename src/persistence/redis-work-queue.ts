import * as z from "zod/mini";
import type { Claim, WorkQueue } from "../domain/ports/turn.ts";
import type { EndEvent } from "../protocol/events.ts";
import { ConversationId, GenerationId, MessageId, UserId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import type { Outcome } from "../protocol/outcome.ts";
import { createAppend } from "./append-batch.ts";
import { readDeltas } from "./delta-stream.ts";
import { generationKey, type Keys } from "./keys.ts";
import { encodeMessage } from "./message-codec.ts";
import { randomPart } from "./random-part.ts";
import type { Redis } from "./redis.ts";
import { allKeys } from "./turn-keys.ts";

const optional = z.pipe(
  z.string(),
  z.transform((value) => (value === "" ? undefined : value)),
);
const ClaimReply = z.tuple([
  ConversationId,
  GenerationId,
  UserId,
  MessageId,
  optional,
  z.union([GenerationId, z.literal("")]),
  z.coerce.number(),
  z.coerce.number(),
  z.coerce.number(),
  optional,
  optional,
  z.coerce.number(),
  z.coerce.number(),
  z.enum(["queue", "expired", "handed_over"]),
  optional,
  optional,
]);
const TidyReply = z.tuple([z.number(), z.number(), z.array(ConversationId)]);
const FinishMismatch = z.tuple([
  z.literal("MISMATCH"),
  z.coerce.number(),
  z.coerce.number(),
  z.coerce.number(),
  z.coerce.number(),
]);

/** Conversations of one partition looked at by one tidying. */
const TIDY_AT_ONCE = 1_000;
const Held = z.array(z.enum(["held", "stop", "lost"]));

export interface WorkQueueOptions {
  readonly leaseMs: number;
  readonly historyTtlSeconds: number;
  /** Answers of one user that workers hold at once, by partition; 0: any number. */
  readonly maxPerUser: number;
}

/** The queue, the leases and all that a worker writes under its fence. */
export function createRedisWorkQueue(
  redis: Redis,
  keys: Keys,
  { leaseMs, historyTtlSeconds, maxPerUser }: WorkQueueOptions,
): WorkQueue {
  // Where the next look begins, so that no partition starves.
  let turn = 0;

  async function claimFrom(
    partition: number,
    worker: string,
    lastSlot: boolean,
  ): Promise<Claim | undefined> {
    const k = keys.partition(partition);
    const reply = await redis.script(
      "claim",
      [k.queue, k.leases, k.clock, k.held],
      [
        worker,
        leaseMs,
        k.generation,
        k.deltas,
        k.conversation,
        k.running,
        maxPerUser,
        lastSlot ? "1" : "",
      ],
    );
    if (reply === null) return undefined;
    const [conversationId, generationId, userId, parentId, model, continueFrom, ...rest] =
      ClaimReply.parse(reply);
    const [fence, entries, attempts, started, stop, createdAt, now, ...where] = rest;
    const [from, traceparent, previousRun] = where;
    return {
      conversationId,
      generationId,
      userId,
      parentId,
      model,
      continueFrom: continueFrom === "" ? undefined : continueFrom,
      fence,
      entries,
      attempts,
      started: started !== undefined,
      stop: stop !== undefined,
      createdAt,
      now,
      from,
      traceparent,
      previousRun,
    };
  }

  function hold(claim: Claim, verb: string, ...rest: string[]) {
    const k = keys.of(claim.conversationId);
    return redis.script(
      "hold",
      [k.conversation, generationKey(k, claim.generationId), k.leases, k.events, k.live, k.work],
      [verb, claim.conversationId, claim.generationId, claim.fence, ...rest],
    );
  }

  return {
    async claim(worker, { lastSlot = false } = {}) {
      for (let tried = 0; tried < keys.partitions; tried += 1) {
        const partition = turn;
        turn = (turn + 1) % keys.partitions;
        const claim = await claimFrom(partition, worker, lastSlot);
        if (claim !== undefined) return claim;
      }
      return undefined;
    },

    async renew(claims) {
      const byLeases = Map.groupBy(claims, ({ conversationId }) => keys.of(conversationId).leases);
      const lost = new Set<GenerationId>();
      const stopped = new Set<GenerationId>();
      for (const [leases, held] of byLeases) {
        const [first] = held;
        if (first === undefined) continue;
        const reply = await redis.script(
          "renew",
          [leases],
          [
            leaseMs,
            keys.of(first.conversationId).generation,
            ...held.flatMap(({ generationId, fence }) => [generationId, fence]),
          ],
        );
        for (const [at, word] of Held.parse(reply).entries()) {
          const claim = held[at];
          if (claim === undefined) continue;
          if (word === "lost") lost.add(claim.generationId);
          if (word === "stop") stopped.add(claim.generationId);
        }
      }
      return { lost, stopped };
    },

    async refence(claim) {
      const reply = await hold(claim, "refence");
      return reply === null ? undefined : { ...claim, fence: z.coerce.number().parse(reply) };
    },

    async start(claim, model, engine) {
      const event = JSON.stringify({
        type: "generation.started",
        generationId: claim.generationId,
        model,
        engine,
      });
      return (await hold(claim, "start", event, randomPart(), model, engine)) !== null;
    },

    async noteRun(claim, traceparent) {
      await hold(claim, "note", traceparent);
    },

    append: createAppend(redis, keys),

    text: ({ conversationId, generationId }) =>
      readDeltas(redis, keys, conversationId, generationId),

    async finish(claim, { text, reasoning }, outcome) {
      const { conversationId, generationId } = claim;
      const { status, ...metadata } = outcome;
      const message: Message = {
        id: generationId,
        parentId: claim.parentId,
        role: "assistant",
        content: text,
        ...(reasoning === "" ? {} : { reasoning }),
        createdAt: new Date(claim.createdAt).toISOString(),
        status,
        metadata,
      };
      const reply = await redis.script("finish", allKeys(keys.of(conversationId)), [
        conversationId,
        generationId,
        claim.fence,
        JSON.stringify(outcome),
        encodeMessage(message),
        JSON.stringify(endEvent(generationId, text, reasoning, outcome)),
        randomPart(),
        new Date().toISOString(),
        historyTtlSeconds,
        text.length,
        reasoning.length,
      ]);
      if (!Array.isArray(reply)) return reply !== null;
      const [, entries, fence, ends, reasoningEnds] = FinishMismatch.parse(reply);
      return { type: "mismatch", entries, fence, text: ends, reasoning: reasoningEnds };
    },

    async tidy(before) {
      let [putBack, dropped] = [0, 0];
      const untold: ConversationId[] = [];
      for (let partition = 0; partition < keys.partitions; partition += 1) {
        const k = keys.partition(partition);
        const reply = await redis.script(
          "tidy",
          [k.queue, k.leases, k.clock, k.held, k.active, k.work],
          [k.generation, k.running, k.conversation, before, TIDY_AT_ONCE],
        );
        const counts = TidyReply.parse(reply);
        putBack += counts[0];
        dropped += counts[1];
        untold.push(...counts[2]);
      }
      return { putBack, dropped, untold };
    },

    async handOver(claim) {
      await hold(claim, "release");
    },

    async listen({ queued, stop }) {
      const channels = Array.from({ length: keys.partitions }, (_, at) => keys.partition(at).work);
      return await redis.subscribe(channels, {
        message(message) {
          if (message === "queued") queued();
          const told = GenerationId.safeParse(message.replace(/^stop /, ""));
          if (told.success) stop(told.data);
        },
        // Whatever was published while the connection was away is looked for.
        reconnected: queued,
      });
    },
  };
}

function endEvent(
  generationId: GenerationId,
  text: string,
  reasoning: string,
  { status, finishReason, failure, usage, timing }: Outcome,
): EndEvent {
  const { length } = text;
  switch (status) {
    case "done":
      return {
        type: "generation.finished",
        generationId,
        length,
        ...(reasoning === "" ? {} : { reasoningLength: reasoning.length }),
        finishReason: finishReason ?? "stop",
        usage,
        timing,
      };
    case "stopped":
      return { type: "generation.stopped", generationId, length };
    case "failed":
      return {
        type: "generation.failed",
        generationId,
        code: failure?.code ?? "unavailable",
        retryable: failure?.retryable ?? true,
        length,
      };
    default:
      return status satisfies never;
  }
}
