import { NewConversation } from "../../../src/protocol/conversation.ts";
import type { ClientFrame } from "../../../src/protocol/frames.ts";
import { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import { ownStorage } from "./own-storage.ts";

/** Something the server has not acknowledged; kept over reloads and sent until it is. */
export interface OutboxEntry {
  /** The message's or request's id, by which a second sending is known. */
  readonly id: MessageId;
  /** Absent until the new chat it begins exists. */
  readonly conversationId: ConversationId | undefined;
  /** Shared by what was written in one new chat before it existed. */
  readonly draftId: string | undefined;
  /** Who wrote it: someone else who signs in here must not send it. */
  readonly userId: string | undefined;
  readonly createdAt: string;
  readonly model: string | undefined;
  /** What the new chat is created with; absent where the conversation exists. */
  readonly setup?: NewConversation | undefined;
  /** It waits in the page for the answer above it to end, and can be changed until then. */
  readonly held?: boolean | undefined;
  readonly what: NewMessage | NewGeneration;
}

/** A message of ours on its way. */
export interface NewMessage {
  readonly kind: "message";
  readonly content: string;
  /** Absent: below the newest. */
  readonly parentId?: MessageId | null | undefined;
  readonly under: MessageId | null;
}

interface NewGeneration {
  readonly kind: "generation";
  readonly parentId: MessageId;
  readonly continue?: MessageId | undefined;
}

/** The frame that carries an entry, or nothing while its conversation does not exist. */
export function frameOf(entry: OutboxEntry): ClientFrame | undefined {
  const { id, conversationId, model, what } = entry;
  if (!conversationId) return undefined;
  const chosen = model === undefined ? {} : { model };
  if (what.kind === "message") {
    const { content, parentId } = what;
    const below = parentId === undefined ? {} : { parentId };
    return { type: "send", conversationId, messageId: id, content, ...below, ...chosen };
  }
  const from = what.continue === undefined ? {} : { continue: what.continue };
  return {
    type: "regenerate",
    conversationId,
    requestId: id,
    parentId: what.parentId,
    ...from,
    ...chosen,
  };
}

/** Where entries are kept, one key each, so that two tabs never overwrite one another. */
export const keptEntries = {
  write: (entry: OutboxEntry): void =>
    ownStorage.write(`outbox:${entry.id}`, JSON.stringify(entry)),
  remove: (id: MessageId): void => ownStorage.write(`outbox:${id}`, undefined),
  read: (): OutboxEntry[] =>
    ownStorage
      .keys("outbox:")
      .flatMap((key) => parseEntry(ownStorage.read(key)) ?? [])
      .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1)),
};

/** Reads an entry back; one an older page wrote in another form is left out. */
export function parseEntry(json: string | undefined): OutboxEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json ?? "");
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value.what)) return undefined;
  const id = MessageId.safeParse(value.id).data;
  const what = parseWhat(value.what);
  if (!id || !what) return undefined;
  return {
    id,
    conversationId: ConversationId.safeParse(value.conversationId).data,
    draftId: optionalString(value.draftId),
    userId: optionalString(value.userId),
    createdAt: optionalString(value.createdAt) ?? "",
    model: optionalString(value.model),
    setup: NewConversation.safeParse(value.setup).data,
    held: value.held === true,
    what,
  };
}

function parseWhat(value: Record<string, unknown>): OutboxEntry["what"] | undefined {
  const parentId = value.parentId === null ? null : MessageId.safeParse(value.parentId).data;
  if (value.kind === "message" && typeof value.content === "string") {
    const under = MessageId.safeParse(value.under).data ?? null;
    return { kind: "message", content: value.content, parentId, under };
  }
  if (value.kind === "generation" && parentId) {
    const from = MessageId.safeParse(value.continue).data;
    return { kind: "generation", parentId, continue: from };
  }
  return undefined;
}

function optionalString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
