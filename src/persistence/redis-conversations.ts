import { Repository, Schema } from "redis-om";
import * as z from "zod/mini";
import { ChatError, notFound } from "../domain/errors.ts";
import type { LiveChannel } from "../domain/ports/live.ts";
import type { ConversationStore } from "../domain/ports/store.ts";
import {
  Conversation,
  type ConversationChange,
  type NewConversation,
  Parameters,
} from "../protocol/conversation.ts";
import { ConversationId, UserId } from "../protocol/ids.ts";
import { CONVERSATION_PREFIX, entityId, type Keys } from "./keys.ts";
import { randomPart } from "./random-part.ts";
import type { Redis } from "./redis.ts";
import { allKeys } from "./turn-keys.ts";

/** How redis-om keeps a conversation. Times are ISO 8601, parameters JSON. */
const conversationSchema = new Schema(
  CONVERSATION_PREFIX,
  {
    owner: { type: "string" },
    title: { type: "string" },
    createdAt: { type: "string" },
    updatedAt: { type: "string" },
    model: { type: "string" },
    systemPrompt: { type: "string" },
    parameters: { type: "string" },
    pinned: { type: "boolean" },
  },
  { dataStructure: "HASH" },
);

/** What redis-om gives back for an id; a record that is gone has no owner. */
const Record = z.object({
  owner: UserId,
  title: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  model: z.optional(z.string()),
  systemPrompt: z.optional(z.string()),
  parameters: z.optional(z.string()),
  pinned: z.boolean(),
});
type Record = z.infer<typeof Record>;

const OwnedConversation = z.tuple([UserId, z.string()]);
const CreatedConversation = z.tuple([UserId, z.string(), z.enum(["1", ""])]);
const Counts = z.tuple([z.number(), z.number(), z.number(), z.number()]);

export interface ConversationStoreOptions {
  /** Seconds after the last change until a conversation expires; 0 keeps it. */
  readonly historyTtlSeconds: number;
}

/** Conversations as redis-om hashes; each user's index is a sorted set by `updatedAt`. */
export function createRedisConversations(
  redis: Redis,
  keys: Keys,
  live: Pick<LiveChannel, "publishUser">,
  { historyTtlSeconds }: ConversationStoreOptions,
): ConversationStore {
  const repository = new Repository(conversationSchema, redis.client);

  async function record(id: ConversationId): Promise<Record | undefined> {
    const entity = await redis.run(() => repository.fetch(entityId(id, keys.partitions)));
    const parsed = Record.safeParse(entity);
    return parsed.success ? parsed.data : undefined;
  }

  async function index(owner: UserId, conversation: Conversation): Promise<void> {
    const member = { score: Date.parse(conversation.updatedAt), value: conversation.id };
    await redis.run((client) => client.zAdd(keys.userConversations(owner), member));
    if (conversation.pinned)
      await redis.run((client) => client.zAdd(keys.userPinned(owner), member));
  }

  /** Brings the index and the owner's screens up to date with a change that is stored. */
  async function tell(owner: UserId, conversation: Conversation): Promise<void> {
    await index(owner, conversation);
    await live.publishUser(owner, { type: "conversation.updated", conversation });
    const key = keys.of(conversation.id).conversation;
    const stored = await redis.run((client) => client.hGet(key, "pinned"));
    // A delete or a pin that came in between has the last word.
    if (stored === undefined || stored === null) await forget(owner, conversation.id);
    else if (!conversation.pinned && stored === "1")
      await index(owner, { ...conversation, pinned: true });
  }

  async function forget(owner: UserId, id: ConversationId): Promise<void> {
    await redis.run((client) => client.zRem(keys.userConversations(owner), id));
    await redis.run((client) => client.zRem(keys.userPinned(owner), id));
    await live.publishUser(owner, { type: "conversation.deleted", conversationId: id });
  }

  async function change(
    id: ConversationId,
    owner: UserId | "",
    onlyUntitled: boolean,
    fields: readonly string[],
  ): Promise<{ owner: UserId; conversation: Conversation } | undefined> {
    const reply = await redis.script("update", allKeys(keys.of(id)), [
      id,
      owner,
      onlyUntitled ? "1" : "",
      randomPart(),
      historyTtlSeconds,
      ...fields,
    ]);
    return parseOwned(reply);
  }

  return {
    async create(owner, { id: asked, ...fields }, imported) {
      const now = new Date().toISOString();
      const id = asked ?? ConversationId.parse(crypto.randomUUID());
      const entity = {
        title: "",
        pinned: "0",
        ...encode(fields),
        createdAt: imported?.createdAt ?? now,
        updatedAt: now,
      };
      const reply = await redis.script("create", allKeys(keys.of(id)), [
        id,
        owner,
        historyTtlSeconds,
        randomPart(),
        imported === undefined ? "" : "1",
        ...Object.entries(entity).flatMap(([name, value]) => (value === null ? [] : [name, value])),
      ]);
      if (reply === null)
        throw new ChatError("invalid", "That id belongs to another conversation.");
      const [, json, isNew] = CreatedConversation.parse(reply);
      const conversation = Conversation.parse(JSON.parse(json));
      // Where it is not new: whoever made it may not have come this far.
      await index(owner, conversation);
      if (isNew) await live.publishUser(owner, { type: "conversation.created", conversation });
      return conversation;
    },

    async get(owner, id) {
      const [found, running] = await Promise.all([
        record(id),
        redis.run((client) => client.hLen(keys.of(id).running)),
      ]);
      if (found?.owner !== owner) throw notFound();
      return decode(id, found, running > 0);
    },

    async list(owner, { limit, before, pinned = false }) {
      const key = pinned ? keys.userPinned(owner) : keys.userConversations(owner);
      const cursor = before === undefined ? undefined : parseCursor(before);
      const rows: { score: number; conversation: Conversation }[] = [];
      const gone: string[] = [];
      // Another round only where ids of conversations that are gone took places of the page.
      for (let offset = 0; rows.length <= limit; ) {
        const range = await redis.run((client) =>
          client.zRangeWithScores(key, cursor?.score ?? "+inf", "-inf", {
            BY: "SCORE",
            REV: true,
            LIMIT: { offset, count: limit + 1 },
          }),
        );
        offset += range.length;
        const older = range.filter(({ score, value }) => isAfter(cursor, score, value));
        const found = await Promise.all(older.map(({ value }) => read(owner, value)));
        for (const [at, conversation] of found.entries()) {
          const { score = 0, value = "" } = older[at] ?? {};
          if (conversation === undefined) gone.push(value);
          else if (conversation.pinned || !pinned) rows.push({ score, conversation });
        }
        if (range.length <= limit) break;
      }
      if (gone.length > 0) await redis.run((client) => client.zRem(key, gone));
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(({ conversation }) => conversation),
        ...(rows.length > limit && last ? { next: `${last.score}_${last.conversation.id}` } : {}),
      };
    },

    async update(owner, id, { pinned, ...fields }) {
      const changes = Object.entries(encode(fields)).flatMap(([name, value]) =>
        value === null ? clear(name) : ["set", name, value],
      );
      if (pinned !== undefined) changes.push("set", "pinned", pinned === true ? "1" : "0");
      const now = new Date().toISOString();
      // Pinning is no news: it does not move the conversation up.
      const touched = Object.keys(fields).length > 0 ? ["set", "updatedAt", now] : [];
      const changed = await change(id, owner, false, [...changes, ...touched]);
      if (changed === undefined) throw notFound();
      if (pinned === false || pinned === null) {
        await redis.run((client) => client.zRem(keys.userPinned(owner), id));
      }
      await tell(owner, changed.conversation);
      return changed.conversation;
    },

    async remove(owner, id) {
      const reply = await redis.script("delete", allKeys(keys.of(id)), [id, owner]);
      if (reply === null) {
        // Whoever deleted it may have died before the owner's screens were told.
        await forget(owner, id);
        throw notFound();
      }
      const [messages, events, generations, removed] = Counts.parse(reply);
      await forget(owner, id);
      return { messages, events, generations, keys: removed };
    },

    async suggestTitle(id, title) {
      const changed = await change(id, "", true, ["set", "title", title]);
      if (changed === undefined) return undefined;
      await tell(changed.owner, changed.conversation);
      return changed.conversation;
    },

    async announce(id) {
      const { conversation, running, active } = keys.of(id);
      const found = parseOwned(
        await redis.script("read-conversation", [conversation, running], [id]),
      );
      if (found === undefined) return;
      await tell(found.owner, found.conversation);
      // Until then a janitor finds it, and tells.
      if (!found.conversation.generating) await redis.script("settle", [active, running], [id]);
    },
  };

  async function read(owner: UserId, member: string): Promise<Conversation | undefined> {
    const id = ConversationId.safeParse(member);
    if (!id.success) return undefined;
    const [found, running] = await Promise.all([
      record(id.data),
      redis.run((client) => client.hLen(keys.of(id.data).running)),
    ]);
    return found?.owner === owner ? decode(id.data, found, running > 0) : undefined;
  }
}

function clear(name: string): string[] {
  return name === "title" ? ["set", "title", ""] : ["clear", name];
}

/** As redis-om encodes the fields; `null` clears one. */
function encode({
  parameters,
  ...fields
}: Omit<NewConversation, "id"> | Omit<ConversationChange, "pinned">) {
  const encoded = parameters ? JSON.stringify(parameters) : parameters;
  const all = { ...fields, ...(encoded === undefined ? {} : { parameters: encoded }) };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string | null] => entry[1] !== undefined),
  );
}

function decode(id: ConversationId, record: Record, generating: boolean): Conversation {
  const { owner: _owner, parameters, ...fields } = record;
  return {
    id,
    ...fields,
    ...(parameters === undefined ? {} : { parameters: Parameters.parse(JSON.parse(parameters)) }),
    generating,
  };
}

function parseOwned(reply: unknown): { owner: UserId; conversation: Conversation } | undefined {
  if (reply === null) return undefined;
  const [owner, json] = OwnedConversation.parse(reply);
  return { owner, conversation: Conversation.parse(JSON.parse(json)) };
}

interface Cursor {
  readonly score: number;
  readonly member: string;
}

/** `<score>_<id>` of the last item seen. */
function parseCursor(cursor: string): Cursor {
  const match = /^(\d{1,15})_([0-9a-f-]{36})$/i.exec(cursor);
  if (match === null) throw notFound("page");
  const [, score, member = ""] = match;
  return { score: Number(score), member };
}

/** Whether an entry comes after the cursor: equal scores stand in reverse order of their ids. */
function isAfter(cursor: Cursor | undefined, score: number, member: string): boolean {
  return cursor === undefined || score < cursor.score || member < cursor.member;
}
