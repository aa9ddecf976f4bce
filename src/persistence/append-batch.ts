import * as z from "zod/mini";
import type { AppendResult, Claim, WorkQueue } from "../domain/ports/turn.ts";
import { deltasKey, generationKey, type Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** Appends in one call of the script: about a millisecond of Redis' time. */
const MAX_APPENDS = 64;
/** Text in one call, in UTF-16 units, beside one entry of any length. */
const MAX_LENGTH = 262_144;

const OK: AppendResult = { type: "ok", stop: false };
const OK_STOP: AppendResult = { type: "ok", stop: true };

/** Any answer but OK. */
const Reply = z.union([
  z.tuple([
    z.literal("MISMATCH"),
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
    z.coerce.number(),
  ]),
  z.tuple([z.literal("LOST")]),
]);

/** What the appends of one claim have in common. */
interface ClaimNames {
  /** Stands for the slot. */
  readonly partition: string;
  readonly keys: readonly string[];
  /** The beginning of each frame. */
  readonly frameHead: string;
  readonly fence: string;
}

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
  /** Names are made once a claim, and not once a token. */
  const names = new WeakMap<Claim, ClaimNames>();
  function namesOf(claim: Claim): ClaimNames {
    const known = names.get(claim);
    if (known !== undefined) return known;
    const k = keys.of(claim.conversationId);
    const { conversationId, generationId, fence } = claim;
    const made: ClaimNames = {
      partition: k.queue,
      keys: [k.conversation, generationKey(k, generationId), deltasKey(k, generationId), k.live],
      frameHead: JSON.stringify({ type: "delta", conversationId, generationId, fence }).slice(
        0,
        -1,
      ),
      fence: String(fence),
    };
    names.set(claim, made);
    return made;
  }

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
      const { partition, keys: own, frameHead, fence } = namesOf(claim);
      const { entry: number, at, text, part, tokens } = entry;
      // A `DeltaFrame`: what of it is the same for every token is serialised once.
      const rest = part === undefined ? "}" : `,"part":"${part}"}`;
      const frame = `${frameHead},"at":${at},"text":${JSON.stringify(text)}${rest}`;
      // After all that has arrived by now was read.
      if (waiting.size === 0) setImmediate(sendAll);
      const together = waiting.get(partition) ?? [];
      waiting.set(partition, together);
      together.push({
        keys: own,
        args: [fence, number, part ?? "", at, text.length, text, tokens, frame],
        length: text.length,
        resolve,
        reject,
      });
    });
}

function resultOf(reply: unknown): AppendResult {
  // All but the rarest, without a schema's cost.
  if (Array.isArray(reply) && reply[0] === "OK") return reply[1] === "" ? OK : OK_STOP;
  const result = Reply.parse(reply);
  switch (result[0]) {
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
