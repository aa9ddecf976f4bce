import * as z from "zod/mini";
import { createBreather } from "../domain/breather.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { ConversationId } from "../protocol/ids.ts";
import type { Keys } from "./keys.ts";
import { decodeMessage } from "./message-codec.ts";
import type { Redis } from "./redis.ts";
import { createWordFilter, FILTER_BYTES } from "./word-filter.ts";

/** New messages read and entered at once. */
const CHUNK = 100;
/** Folding a text and hashing its words, by looking at it. */
const COST = 4;
/** Messages that one filter covers at most: all of them are read again as the next one comes. */
const MOST_COVERED = 100;
/** The same for their records, in UTF-16 units: a long message is not read again with every turn. */
const MOST_COVERED_LENGTH = 131_072;
/** How often the end is read again where another process was quicker. */
const MAX_TRIES = 3;

const Reach = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/**
 * Which words are where, as a row of Bloom filters beside each conversation: one key, of its slot and
 * its life. Each filter covers some messages that follow each other; the last one is made anew from
 * them as messages come, so that taking in is idempotent, and what is lost is made again. A filter
 * says "perhaps": a search reads the messages themselves.
 */
export function createRedisSearchIndex(redis: Redis, keys: Keys): SearchIndex {
  /** Takes in the next messages; `late` where another process was quicker. */
  async function step(id: ConversationId): Promise<"done" | "more" | "late"> {
    const { conversation, messages, words } = keys.of(id);
    const reply = await redis.script("read-words", [messages, words], [FILTER_BYTES]);
    const [length, count, from, to] = Reach.parse(reply);
    if (to === length) return "done";
    // Filters of more than there is are of a store that lost its last writes: all anew.
    const anew = count === 0 || to > length;
    const [at, start] = anew ? [0, 0] : [count - 1, from];
    // Beyond what the last filter covers already, however much that is: each step takes in more.
    const end = (anew ? start : to) + CHUNK;
    const stored = await redis.run((client) => client.lRange(messages, -end, -(start + 1)));
    if (stored.length === 0) return "done";
    const filters = await filtersOf(stored.reverse(), start);
    const read = count * FILTER_BYTES;
    const args = [FILTER_BYTES, at, read, to, Buffer.concat(filters)];
    const written = await redis.script("write-words", [conversation, words], args);
    if (written !== 1) return "late";
    return start + stored.length < length ? "more" : "done";
  }

  return {
    async index(id) {
      for (let late = 0; late < MAX_TRIES; ) {
        const result = await step(id);
        if (result === "done") return;
        if (result === "late") late += 1;
      }
    },
  };
}

/** Filters of messages, the first of which stands at `start`. */
async function filtersOf(stored: readonly string[], start: number): Promise<Buffer[]> {
  const breathe = createBreather();
  const filters: Buffer[] = [];
  let filter = createWordFilter();
  let from = start;
  let length = 0;
  for (const [index, record] of stored.entries()) {
    const covers = start + index - from;
    if (filter.isFull || covers >= MOST_COVERED || length >= MOST_COVERED_LENGTH) {
      filters.push(filter.encode(from, start + index));
      filter = createWordFilter();
      from = start + index;
      length = 0;
    }
    length += record.length;
    const message = decodeMessage(record);
    if (message !== undefined) filter.add(message.content);
    await breathe(COST * record.length);
  }
  filters.push(filter.encode(from, start + stored.length));
  return filters;
}
