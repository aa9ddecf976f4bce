import * as z from "zod/mini";
import type { AppendResult, Claim, WorkQueue } from "../domain/ports.ts";
import type { DeltaFrame } from "../protocol/frames.ts";
import { deltasKey, generationKey, type Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** Appends in one call of the script: about a millisecond of Redis' time. */
const MAX_APPENDS = 64;
/** Text in one call, in UTF-16 units, beside one entry of any length. */
const MAX_LENGTH = 262_144;

const Reply = z.union([
  z.tuple([z.literal("OK"), z.string()]),
  z.tuple([
    z.literal("MISMATCH"),
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
  ]),
  z.tuple([z.literal("LOST")]),
]);

type Entry = Parameters<WorkQueue["append"]>[1];

interface Waiting {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  /** Of the text, in UTF-16 units. */
  readonly length: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Appends what the generations of this process have to say in one turn of the event loop with one
 * call: a model server's step brings a token for each of its streams at once, and a call of its own
 * for each costs this process and Redis three times as much. Nobody waits longer for it.
 */
export function createAppend(redis: Redis, keys: Keys): WorkQueue["append"] {
  /** By the queue's key, one a partition: one script touches one slot. */
  const waiting = new Map<string, Waiting[]>();

  function send(some: readonly Waiting[]): void {
    const answered = redis.script(
      "append",
      some.flatMap((one) => one.keys),
      some.flatMap((one) => one.args),
    );
    answered
      .then((replies) => {
        if (!Array.isArray(replies)) throw new TypeError("Appends were answered with no list.");
        for (const [at, one] of some.entries()) one.resolve(resultOf(replies[at]));
      })
      .catch((error: unknown) => {
        for (const one of some) one.reject(error);
      });
  }

  function sendAll(): void {
    const partitions = [...waiting.values()];
    waiting.clear();
    for (const all of partitions) {
      let some: Waiting[] = [];
      let length = 0;
      for (const one of all) {
        if (some.length > 0 && (some.length === MAX_APPENDS || length + one.length > MAX_LENGTH)) {
          send(some);
          some = [];
          length = 0;
        }
        some.push(one);
        length += one.length;
      }
      send(some);
    }
  }

  return (claim, entry) =>
    new Promise((resolve, reject) => {
      const k = keys.of(claim.conversationId);
      // After all that has arrived by now was read.
      if (waiting.size === 0) setImmediate(sendAll);
      const together = waiting.get(k.queue) ?? [];
      waiting.set(k.queue, together);
      together.push({
        keys: [
          k.conversation,
          generationKey(k, claim.generationId),
          deltasKey(k, claim.generationId),
          k.live,
        ],
        args: argsOf(claim, entry),
        length: entry.text.length,
        resolve,
        reject,
      });
    });
}

function argsOf(
  { conversationId, generationId, fence }: Claim,
  { entry, at, text, part, tokens }: Entry,
): readonly (string | number)[] {
  const frame: DeltaFrame = {
    type: "delta",
    conversationId,
    generationId,
    fence,
    at,
    text,
    ...(part === undefined ? {} : { part }),
  };
  return [fence, entry, part ?? "", at, text.length, text, tokens, JSON.stringify(frame)];
}

function resultOf(reply: unknown): AppendResult {
  const result = Reply.parse(reply);
  switch (result[0]) {
    case "OK":
      return { type: "ok", stop: result[1] !== "" };
    case "MISMATCH": {
      const [, entries, fence, text, reasoning] = result;
      return { type: "mismatch", entries, fence, text, reasoning };
    }
    case "LOST":
      return { type: "lost" };
    default:
      return result satisfies never;
  }
}
