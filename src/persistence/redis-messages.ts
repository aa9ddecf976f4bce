import { RedisChatMessageHistory } from "@langchain/redis";
import * as z from "zod/mini";
import { notFound } from "../domain/errors.ts";
import type { RunningAnswers } from "../domain/ports/live.ts";
import type { MessageHistory } from "../domain/ports/store.ts";
import { type ConversationId, MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import type { Keys } from "./keys.ts";
import { decodeMessage, fromLangChain } from "./message-codec.ts";
import type { Redis } from "./redis.ts";

/** What `sent` keeps of a stored message: its place in the list, counted from the oldest. */
const Place = z.object({ position: z.int().check(z.nonnegative()) });

/** Messages read at once on the way back through a conversation. */
const ANCESTOR_CHUNK = 50;
/** Messages read at once of all. */
const ORDER_CHUNK = 100;
/** Messages read at once for a page bounded in bytes. */
const PAGE_CHUNK = 50;

/**
 * The messages of each conversation in the list that LangChain's `RedisChatMessageHistory` reads,
 * newest first. A page reads what it shows: a message's place never moves, since the list only grows.
 */
export function createRedisMessages(
  redis: Redis,
  keys: Keys,
  running: RunningAnswers,
): MessageHistory {
  async function placeOf(id: ConversationId, messageId: string): Promise<number | undefined> {
    const stored = await redis.run((client) => client.hGet(keys.of(id).sent, `m:${messageId}`));
    // The client says `undefined`, and gives `null`.
    return !stored ? undefined : Place.parse(JSON.parse(stored)).position;
  }

  /** From place `from` (counted from the oldest) downwards, newest first. */
  async function readDown(id: ConversationId, from: number, count: number): Promise<string[]> {
    const to = Math.max(0, from - count + 1);
    const key = keys.of(id).messages;
    return await redis.run((client) => client.lRange(key, -(from + 1), -(to + 1)));
  }

  return {
    async page(id, { limit, before, maxBytes = Number.POSITIVE_INFINITY }) {
      const { messages } = keys.of(id);
      const answers = before === undefined ? await running.answers(id) : [];
      let place: number;
      if (before === undefined) {
        place = (await redis.run((client) => client.lLen(messages))) - 1;
      } else {
        const cursor = MessageId.safeParse(before);
        const found = cursor.success ? await placeOf(id, cursor.data) : undefined;
        if (found === undefined) throw notFound("message");
        place = found - 1;
      }
      const items: Message[] = [];
      let bytes = answers.reduce((sum, { content }) => sum + content.length, 0);
      while (place >= 0 && items.length < limit && bytes < maxBytes) {
        const chunk = await readDown(id, place, Math.min(PAGE_CHUNK, limit - items.length));
        if (chunk.length === 0) break;
        for (const stored of chunk) {
          if (items.length > 0 && bytes + stored.length > maxBytes) {
            bytes = maxBytes;
            break;
          }
          place -= 1;
          bytes += stored.length;
          const message = decodeMessage(stored);
          if (message !== undefined) items.push(message);
        }
      }
      const oldest = items.at(-1);
      // An answer may have ended between the two reads: what is stored is the newer.
      const stored = new Set(items.map((message) => message.id));
      return {
        items: [...items.reverse(), ...answers.filter((answer) => !stored.has(answer.id))],
        ...(place >= 0 && oldest ? { next: oldest.id } : {}),
      };
    },

    async get(id, messageId) {
      // First what runs, then what is stored: one that ends in between is found in the second.
      const answer = await running.answer(id, messageId);
      if (answer !== undefined) return answer;
      const place = await placeOf(id, messageId);
      if (place === undefined) return undefined;
      const [stored] = await readDown(id, place, 1);
      return stored === undefined ? undefined : decodeMessage(stored);
    },

    async *ancestors(id, messageId) {
      let wanted: MessageId | null = messageId;
      while (wanted !== null) {
        const place = await placeOf(id, wanted);
        if (place === undefined) return;
        const before: MessageId = wanted;
        for (const stored of await readDown(id, place, ANCESTOR_CHUNK)) {
          const message = decodeMessage(stored);
          if (message === undefined || message.id !== wanted) continue;
          yield message;
          wanted = message.parentId;
          if (wanted === null) return;
        }
        if (wanted === before) return;
      }
    },

    async *inOrder(id) {
      const key = keys.of(id).messages;
      for (let place = 0; ; ) {
        const to = -(place + 1);
        // The list grows at the other end: a place counted from the oldest stays.
        const chunk = await redis.run((client) => client.lRange(key, to - ORDER_CHUNK + 1, to));
        for (const stored of chunk.reverse()) {
          const message = decodeMessage(stored);
          if (message !== undefined) yield message;
        }
        place += chunk.length;
        if (chunk.length < ORDER_CHUNK) return;
      }
    },

    async all(id) {
      const history = new RedisChatMessageHistory({
        sessionId: keys.of(id).messages,
        client: redis.client,
      });
      const messages = await redis.run(() => history.getMessages());
      return messages.map(fromLangChain).filter((message) => message !== undefined);
    },

    count: (id) => redis.run((client) => client.lLen(keys.of(id).messages)),
  };
}
