import { clear, createStore, del, get, keys, set } from "idb-keyval";
import { Conversation } from "../../../src/protocol/conversation.ts";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import { Message } from "../../../src/protocol/message.ts";
import { Session } from "../../../src/protocol/session.ts";

/** Where copies are kept; of the browser's databases, or of a test. */
export interface CopyStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  del(key: string): Promise<void>;
  keys(): Promise<readonly string[]>;
  clear(): Promise<void>;
}

/** A conversation as it was when it was last read here. */
export interface Copy {
  readonly conversation: Conversation;
  readonly messages: readonly Message[];
  /** When it was kept, ISO 8601. */
  readonly at: string;
}

/** The conversations one has read on this device, each user's apart, for when there is no network. */
export interface KeptConversations {
  /** Keeps who is signed in, and forgets everything of everyone else. */
  keepSession(session: Session): Promise<void>;
  session(userId: string): Promise<Session | undefined>;
  keep(userId: string, copy: Copy): Promise<void>;
  copy(userId: string, id: ConversationId): Promise<Copy | undefined>;
  /** All that are kept, the last read first. */
  list(userId: string): Promise<readonly Conversation[]>;
  forget(userId: string, id: ConversationId): Promise<void>;
  /** Forgets everything of everyone: nobody is signed in. */
  clear(): Promise<void>;
}

/** What is kept at most: so many conversations, and so many characters of all and of one. */
export const LIMITS = { conversations: 50, units: 4_000_000, unitsOfOne: 400_000 };

interface Entry {
  readonly conversation: Conversation;
  readonly units: number;
}

/** The database of this origin. */
export function openCopyStore(): CopyStore {
  const store = createStore("chatbot-kept", "copies");
  return {
    get: (key) => get(key, store),
    set: (key, value) => set(key, value, store),
    del: (key) => del(key, store),
    keys: async () => (await keys(store)).map(String),
    clear: () => clear(store),
  };
}

/** Works one thing after the other, so that two tasks of a page never lose an entry of the index. */
export function createKeptConversations(store: CopyStore): KeptConversations {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task, task);
    last = next.catch(() => undefined);
    return next;
  };
  const indexOf = async (userId: string): Promise<Entry[]> => {
    const kept = await store.get(indexKey(userId));
    return Array.isArray(kept) ? kept.flatMap(parseEntry) : [];
  };
  const drop = async (userId: string, id: string) => store.del(copyKey(userId, id));

  return {
    keepSession: (session) =>
      inTurn(async () => {
        const { id } = session.user;
        for (const key of await store.keys()) {
          if (key.split("\n")[1] !== id) await store.del(key);
        }
        await store.set(sessionKey(id), session);
      }),
    session: async (userId) => Session.safeParse(await store.get(sessionKey(userId))).data,
    keep: (userId, { conversation, messages, at }) =>
      inTurn(async () => {
        const newest = newestWithin(messages, LIMITS.unitsOfOne);
        const units = unitsOf(newest);
        const others = (await indexOf(userId)).filter(
          (one) => one.conversation.id !== conversation.id,
        );
        const index: Entry[] = [];
        let room = LIMITS.units;
        for (const entry of [{ conversation, units }, ...others]) {
          room -= entry.units;
          if (room >= 0 && index.length < LIMITS.conversations) index.push(entry);
          else await drop(userId, entry.conversation.id);
        }
        await store.set(copyKey(userId, conversation.id), { conversation, messages: newest, at });
        await store.set(indexKey(userId), index);
      }),
    copy: async (userId, id) => parseCopy(await store.get(copyKey(userId, id))),
    list: async (userId) => (await indexOf(userId)).map(({ conversation }) => conversation),
    forget: (userId, id) =>
      inTurn(async () => {
        const index = await indexOf(userId);
        const left = index.filter(({ conversation }) => conversation.id !== id);
        if (left.length === index.length) return;
        await store.set(indexKey(userId), left);
        await drop(userId, id);
      }),
    clear: () => inTurn(() => store.clear()),
  };
}

const sessionKey = (userId: string) => `session\n${userId}`;
const indexKey = (userId: string) => `index\n${userId}`;
const copyKey = (userId: string, id: string) => `copy\n${userId}\n${id}`;

function newestWithin(messages: readonly Message[], most: number): readonly Message[] {
  let room = most;
  const from = messages.findLastIndex((message) => {
    room -= unitsOf([message]);
    return room < 0;
  });
  return messages.slice(from + 1);
}

function unitsOf(messages: readonly Message[]): number {
  const lengths = messages.map(({ content, reasoning = "" }) => content.length + reasoning.length);
  return lengths.reduce((sum, length) => sum + length, 0);
}

function parseEntry(value: unknown): Entry[] {
  if (!isRecord(value) || typeof value.units !== "number") return [];
  const conversation = Conversation.safeParse(value.conversation).data;
  return conversation ? [{ conversation, units: value.units }] : [];
}

function parseCopy(value: unknown): Copy | undefined {
  if (!isRecord(value) || !Array.isArray(value.messages)) return undefined;
  const conversation = Conversation.safeParse(value.conversation).data;
  if (!conversation || typeof value.at !== "string") return undefined;
  const messages = value.messages.flatMap((item) => Message.safeParse(item).data ?? []);
  return { conversation, messages, at: value.at };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
