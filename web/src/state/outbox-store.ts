import type { Conversation, NewConversation } from "../../../src/protocol/conversation.ts";
import type { ClientFrame, ServerFrame } from "../../../src/protocol/frames.ts";
import type { MessageId } from "../../../src/protocol/ids.ts";
import type { Client } from "../api/client.ts";
import { ApiError } from "../api/http.ts";
import { problemWords } from "../i18n/problem-words.ts";
import { words } from "../i18n/words.ts";
import { backoffMs } from "../socket/backoff.ts";
import { holdEntry } from "./entry-lock.ts";
import { frameOf, keptEntries, type NewMessage, type OutboxEntry } from "./outbox.ts";
import { ownStorage } from "./own-storage.ts";

type ErrorFrame = Extract<ServerFrame, { type: "error" }>;

const ACK_DEADLINE_MS = 8_000;

/** What an outbox tells. */
export interface OutboxEvents {
  /** The conversation that a new chat's first message made. */
  readonly onCreated: (draftId: string, conversation: Conversation) => void;
  /** The server will not have it; said in words. */
  readonly onRefused: (entry: OutboxEntry, words: string) => void;
  /** An entry of before a reload is back and will be sent. */
  readonly onRestored: (entry: OutboxEntry) => void;
}

/** Sends what the reader asked for until the server has acknowledged it, in order, exactly once. */
export interface Outbox {
  add(entry: OutboxEntry): void;
  /** Sends a refused entry again. */
  retry(id: MessageId): void;
  /** Sends a held message, below where it stands by now. */
  release(id: MessageId, place: Pick<NewMessage, "parentId" | "under">): void;
  /** Gives a held message another text. */
  reword(id: MessageId, content: string): void;
  /** Gives up on an entry. */
  remove(id: MessageId): void;
  /** Entries for one conversation or new chat. */
  entriesOf(key: string): OutboxEntry[];
  /** The socket is live and belongs to this user. */
  connected(userId: string): void;
  acknowledged(id: string | undefined): void;
  /** Whether the error was about an entry. */
  failed(error: ErrorFrame): boolean;
}

/** Takes up what an earlier page left, unless another tab is at it. */
export function createOutbox(
  client: Client,
  send: (frame: ClientFrame) => boolean,
  events: OutboxEvents,
): Outbox {
  const entries = new Map<MessageId, OutboxEntry>();
  const refused = new Set<MessageId>();
  const releases = new Map<MessageId, () => void>();
  const creating = new Set<string>();
  let userId: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  const keep = (entry: OutboxEntry) => {
    entries.set(entry.id, entry);
    keptEntries.write(entry);
  };
  const forget = (id: MessageId) => {
    entries.delete(id);
    refused.delete(id);
    keptEntries.remove(id);
    releases.get(id)?.();
    releases.delete(id);
  };
  const refuse = (entry: OutboxEntry, words: string) => {
    refused.add(entry.id);
    events.onRefused(entry, words);
  };
  const isMine = (entry: OutboxEntry) => entry.userId === undefined || entry.userId === userId;

  const pumpIn = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(pump, ms);
  };
  /** The server is busy or away: not at once, and not in step with everyone else. */
  const pumpLater = () => pumpIn(1_000 + backoffMs(failures++));
  const pump = () => {
    if (userId === undefined) return;
    for (const entry of entries.values()) {
      if (entry.held || refused.has(entry.id) || !isMine(entry)) continue;
      const frame = frameOf(entry);
      if (frame) {
        if (send(frame)) pumpIn(ACK_DEADLINE_MS);
      } else if (entry.draftId !== undefined) {
        const model = entry.model === undefined ? {} : { model: entry.model };
        void create(entry.draftId, { ...model, ...entry.setup });
      }
    }
  };

  const create = async (draftId: string, setup: NewConversation) => {
    if (creating.has(draftId)) return;
    creating.add(draftId);
    const waiting = () => [...entries.values()].filter((entry) => entry.draftId === draftId);
    try {
      const made = await client.create(setup);
      for (const entry of waiting()) {
        keep({ ...entry, conversationId: made.id, draftId: undefined });
      }
      events.onCreated(draftId, made);
      pump();
    } catch (error) {
      const code = error instanceof ApiError ? error.code : "internal";
      if (isWorthWaiting(code)) pumpLater();
      else if (code !== "unauthenticated") {
        for (const entry of waiting()) refuse(entry, words().messages.createFailed);
      }
    } finally {
      creating.delete(draftId);
    }
  };

  const restore = async (entry: OutboxEntry) => {
    const release = await holdEntry(entry.id);
    if (!release || entries.has(entry.id)) return;
    entries.set(entry.id, entry);
    releases.set(entry.id, release);
    events.onRestored(entry);
    pump();
  };
  const restoreAll = () => {
    for (const entry of keptEntries.read()) {
      if (isMine(entry) && !entries.has(entry.id)) void restore(entry);
    }
  };

  return {
    add(entry) {
      // Written before the socket has told who is here: as who the page belongs to.
      keep({ ...entry, userId: userId ?? ownStorage.owner() });
      void holdEntry(entry.id).then((release) => {
        if (release && entries.has(entry.id)) releases.set(entry.id, release);
        else release?.();
      });
      pump();
    },
    retry(id) {
      refused.delete(id);
      pump();
    },
    release(id, place) {
      const entry = entries.get(id);
      if (entry?.what.kind !== "message") return;
      keep({ ...entry, held: false, what: { ...entry.what, ...place } });
      pump();
    },
    reword(id, content) {
      const entry = entries.get(id);
      if (entry?.held && entry.what.kind === "message") {
        keep({ ...entry, what: { ...entry.what, content } });
      }
    },
    remove: forget,
    entriesOf: (key) =>
      [...entries.values()].filter((entry) => (entry.conversationId ?? entry.draftId) === key),
    connected(who) {
      const first = userId === undefined;
      userId = who;
      if (first) restoreAll();
      pump();
    },
    acknowledged(id) {
      const entry = [...entries.values()].find((item) => item.id === id);
      if (entry) forget(entry.id);
      failures = 0;
    },
    failed({ code, message, ref }) {
      const entry = [...entries.values()].find((item) => item.id === ref);
      if (!entry) return false;
      if (isWorthWaiting(code)) pumpLater();
      else if (code !== "unauthenticated") refuse(entry, problemWords(code, message));
      return true;
    },
  };
}

function isWorthWaiting(code: string): boolean {
  return code === "unavailable" || code === "limited" || code === "internal";
}

/** The key a conversation's or new chat's state is kept under. */
export function keyOf(entry: OutboxEntry): string {
  return entry.conversationId ?? entry.draftId ?? "";
}
