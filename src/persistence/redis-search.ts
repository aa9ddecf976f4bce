import * as z from "zod/mini";
import type { Search, SearchIndex } from "../domain/ports/search.ts";
import {
  excerptOf,
  mayMatch,
  parseQuery,
  type SearchQuery,
  titleMatches,
} from "../domain/search-text.ts";
import { ConversationId, type UserId } from "../protocol/ids.ts";
import type { SearchItem } from "../protocol/search.ts";
import type { Keys } from "./keys.ts";
import { decodeMessage } from "./message-codec.ts";
import type { Redis } from "./redis.ts";
import { FILTER_BYTES, FILTER_HEAD_BYTES, filterBitsOf } from "./word-filter.ts";

/** The newest conversations, which are searched. */
const MAX_CONVERSATIONS = 5_000;
/** Conversations that one call of the script looks at: a millisecond of Redis' time. */
const CONVERSATIONS_PER_CALL = 100;
/** Runs of messages that one search reads, and how many at once. */
const MAX_READS = 400;
const READS_AT_ONCE = 16;
/** Of one conversation, where no filter covers them yet: how many messages, and how many at once. */
const MAX_UNCOVERED = 1_000;
const UNCOVERED_RUN = 50;
/** Of one conversation, so that it leaves room for others. */
const MESSAGES_PER_CONVERSATION = 3;
/** Conversations whose filters one search has made, after its answer. */
const MAX_REPAIRS = 1_000;

const Looked = z.union([
  z.tuple([]),
  z.tuple([z.string(), z.string(), z.number(), z.number()], z.number()),
]);

/** Messages of one conversation that may match, at `from` to before `to`. */
interface Run {
  readonly from: number;
  readonly to: number;
}

interface Candidate {
  readonly id: ConversationId;
  readonly title: string;
  /** The newest first. */
  readonly runs: readonly Run[];
  /** Whether filters are to be made. */
  readonly isBehind: boolean;
}

/**
 * Looks into the filters of a user's conversations, then reads the messages that may match. Titles
 * are few and short: they are all read. What has no filter is read as far as that is cheap, and gets
 * one, so that a store without them, an older one say, mends itself.
 */
export function createRedisSearch(
  redis: Redis,
  keys: Keys,
  index: SearchIndex,
  onError: (error: unknown) => void,
): Search {
  /** Users whose filters are being made. */
  const repairing = new Set<UserId>();

  async function conversationsOf(owner: UserId): Promise<ConversationId[]> {
    const key = keys.userConversations(owner);
    const ids = await redis.run((client) =>
      client.zRange(key, 0, MAX_CONVERSATIONS - 1, { REV: true }),
    );
    return ids.flatMap((id) => ConversationId.safeParse(id).data ?? []);
  }

  async function lookAt(owner: UserId, ids: readonly ConversationId[], bits: readonly number[]) {
    const reply = await redis.script(
      "search",
      ids.flatMap((id) => {
        const { conversation, messages, words } = keys.of(id);
        return [conversation, messages, words];
      }),
      [FILTER_BYTES, FILTER_HEAD_BYTES, ...bits],
    );
    const rows = z.array(Looked).parse(reply);
    const found = new Map<ConversationId, Candidate>();
    for (const [at, id] of ids.entries()) {
      const [user, title = "", length = 0, known = 0, ...matches] = rows[at] ?? [];
      // Gone, or another's: an index may be wrong, a record is not.
      if (user !== owner) continue;
      const isBehind = known !== length;
      const covered = known > length ? [] : runsOf(matches);
      const uncovered = isBehind && bits.length > 0 ? uncoveredOf(known, length) : [];
      const runs = [...covered, ...uncovered].reverse();
      found.set(id, { id, title, runs, isBehind });
    }
    return found;
  }

  /** In the order of `ids`. */
  async function look(owner: UserId, ids: readonly ConversationId[], query: SearchQuery) {
    const bits = filterBitsOf(query.words);
    // One script touches one slot.
    const partitions = Map.groupBy(ids, (id) => keys.of(id).queue);
    const calls = [...partitions.values()].flatMap((some) =>
      chunksOf(some, CONVERSATIONS_PER_CALL).map((chunk) => lookAt(owner, chunk, bits)),
    );
    const found = new Map((await Promise.all(calls)).flatMap((some) => [...some]));
    return ids.flatMap((id) => found.get(id) ?? []);
  }

  async function readRun(id: ConversationId, { from, to }: Run, query: SearchQuery) {
    const { messages } = keys.of(id);
    const stored = await redis.run((client) => client.lRange(messages, -to, -(from + 1)));
    return stored.flatMap((record) =>
      mayMatch(record, query) ? (decodeMessage(record) ?? []) : [],
    );
  }

  async function matchesIn(
    { id, title }: Candidate,
    runs: readonly Run[],
    query: SearchQuery,
  ): Promise<SearchItem[]> {
    const items: SearchItem[] = [];
    for (const messages of await Promise.all(runs.map((run) => readRun(id, run, query)))) {
      for (const { id: messageId, role, createdAt, content } of messages) {
        if (items.length === MESSAGES_PER_CONVERSATION) return items;
        if (role === "system") continue;
        const excerpt = excerptOf(content, query, role === "assistant" ? "markdown" : "text");
        if (excerpt === undefined) continue;
        const message = { id: messageId, role, createdAt };
        items.push({ conversation: { id, title }, message, excerpt });
      }
    }
    return items;
  }

  async function messagesWith(
    candidates: readonly Candidate[],
    query: SearchQuery,
    limit: number,
  ): Promise<SearchItem[]> {
    const items: SearchItem[] = [];
    const waiting = candidates.filter(({ runs }) => runs.length > 0);
    for (let reads = 0; waiting.length > 0 && items.length < limit && reads < MAX_READS; ) {
      const batch: Promise<SearchItem[]>[] = [];
      for (let now = 0; now < READS_AT_ONCE && waiting.length > 0; ) {
        const candidate = waiting.shift();
        if (candidate === undefined) break;
        const runs = candidate.runs.slice(0, MAX_READS - reads);
        now += runs.length;
        reads += runs.length;
        batch.push(matchesIn(candidate, runs, query));
      }
      items.push(...(await Promise.all(batch)).flat());
    }
    return items.slice(0, limit);
  }

  async function repair(owner: UserId, behind: readonly Candidate[]): Promise<void> {
    if (behind.length === 0 || repairing.has(owner)) return;
    repairing.add(owner);
    try {
      for (const { id } of behind.slice(0, MAX_REPAIRS)) await index.index(id);
    } finally {
      repairing.delete(owner);
    }
  }

  return {
    async find(owner, text, limit) {
      const query = parseQuery(text);
      if (query.folded === "") return [];
      const candidates = await look(owner, await conversationsOf(owner), query);
      const titles = candidates
        .filter(({ title }) => titleMatches(title, query))
        .slice(0, limit)
        .map(({ id, title }) => ({ conversation: { id, title }, excerpt: title }));
      // Titles come first, but leave half of the place to messages.
      const room = limit - Math.min(titles.length, Math.floor(limit / 2));
      const messages = await messagesWith(candidates, query, room);
      repair(
        owner,
        candidates.filter(({ isBehind }) => isBehind),
      ).catch(onError);
      return [...titles.slice(0, limit - messages.length), ...messages];
    },
  };
}

function runsOf(places: readonly number[]): Run[] {
  return chunksOf(places, 2).flatMap(([from, to]) =>
    from === undefined || to === undefined ? [] : [{ from, to }],
  );
}

/** The newest of what no filter covers; all of it where the filters are of another time. */
function uncoveredOf(known: number, length: number): Run[] {
  const first = Math.max(known > length ? 0 : known, length - MAX_UNCOVERED);
  return Array.from({ length: Math.ceil((length - first) / UNCOVERED_RUN) }, (_, at) => {
    const from = first + at * UNCOVERED_RUN;
    return { from, to: Math.min(from + UNCOVERED_RUN, length) };
  });
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
