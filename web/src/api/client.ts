import {
  Conversation,
  type ConversationChange,
  type NewConversation,
} from "../../../src/protocol/conversation.ts";
import type { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import { type FeedbackChange, Message } from "../../../src/protocol/message.ts";
import { type SearchItem, SearchResults } from "../../../src/protocol/search.ts";
import { Model, Session, SignedOut } from "../../../src/protocol/session.ts";
import { Share } from "../../../src/protocol/share.ts";
import { words } from "../i18n/words.ts";
import { ApiError, request as askServer, download, type RequestOptions } from "./http.ts";
import type { SignInGate } from "./sign-in-gate.ts";

/** A page of a list; `next` asks for the one after it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** What the page asks of the server by HTTP; every method may throw `ApiError`. */
export interface Client {
  session(): Promise<Session>;
  /** Ends the sign-in; where the proxy's ends, if anywhere. */
  signOut(): Promise<string | undefined>;
  models(): Promise<readonly Model[]>;
  conversations(limit: number, before?: string): Promise<Page<Conversation>>;
  /** All pinned ones, however old. */
  pinned(): Promise<readonly Conversation[]>;
  conversation(id: ConversationId): Promise<Conversation>;
  create(conversation: NewConversation): Promise<Conversation>;
  change(id: ConversationId, change: ConversationChange): Promise<Conversation>;
  /** `keepalive` where the page is about to go. */
  remove(id: ConversationId, keepalive: boolean): Promise<void>;
  messages(id: ConversationId, before: MessageId, limit?: number): Promise<Page<Message>>;
  /** What its reader thinks of an answer; the message with it. */
  rate(id: ConversationId, answer: MessageId, change: FeedbackChange): Promise<Message>;
  search(query: string, limit: number, signal: AbortSignal): Promise<readonly SearchItem[]>;
  /** The link of a conversation; `undefined` where it has none. */
  share(id: ConversationId): Promise<Share | undefined>;
  /** Makes it, or gives the one that stands. `leafId`: the last message of the path to share. */
  createShare(id: ConversationId, leafId: MessageId | undefined): Promise<Share>;
  revokeShare(id: ConversationId): Promise<void>;
  /** JSON is all of it, Markdown the path to `leafId`, or to the newest message. */
  exportConversation(
    id: ConversationId,
    format: ExportFormat,
    leafId: MessageId | undefined,
  ): Promise<File>;
  /** Takes the JSON that an export made. */
  importConversation(exported: Blob): Promise<Conversation>;
}

/** As what a conversation can be saved. */
export type ExportFormat = "markdown" | "json";

interface Parser<T> {
  safeParse(value: unknown): { readonly data?: T | undefined };
}

/** The API under `/api` of the page's own origin; at `gate` it waits for who is signed out. */
export function createClient(gate: SignInGate): Client {
  const request = (path: string, options?: RequestOptions) =>
    gate.pass(() => askServer(path, options), options?.keepalive);
  return {
    session: async () => parsed(Session, await askServer("/api/session")),
    signOut: async () =>
      parsed(SignedOut, await askServer("/api/session/sign-out", { method: "POST" })).redirect,
    models: async () => page(Model, await request("/api/models")).items,
    conversations: async (limit, before) =>
      page(Conversation, await request(`/api/conversations?${query({ limit, before })}`)),
    pinned: async () =>
      page(Conversation, await request("/api/conversations?pinned=true&limit=200")).items,
    conversation: async (id) => parsed(Conversation, await request(`/api/conversations/${id}`)),
    create: async (body) =>
      parsed(Conversation, await request("/api/conversations", { method: "POST", body })),
    change: async (id, body) =>
      parsed(Conversation, await request(`/api/conversations/${id}`, { method: "PATCH", body })),
    remove: async (id, keepalive) => {
      await request(`/api/conversations/${id}`, { method: "DELETE", keepalive });
    },
    messages: async (id, before, limit = 50) =>
      page(Message, await request(`/api/conversations/${id}/messages?${query({ limit, before })}`)),
    rate: async (id, answer, body) =>
      parsed(
        Message,
        await request(`/api/conversations/${id}/messages/${answer}/feedback`, {
          method: "PUT",
          body,
        }),
      ),
    search: async (q, limit, signal) =>
      parsed(SearchResults, await request(`/api/search?${query({ q, limit })}`, { signal })).items,
    share: async (id) => {
      try {
        return parsed(Share, await request(`/api/conversations/${id}/share`));
      } catch (error) {
        if (error instanceof ApiError && error.code === "not_found") return undefined;
        throw error;
      }
    },
    createShare: async (id, leafId) =>
      parsed(
        Share,
        await request(`/api/conversations/${id}/share`, {
          method: "POST",
          body: leafId ? { leafId } : {},
        }),
      ),
    revokeShare: async (id) => {
      await request(`/api/conversations/${id}/share`, { method: "DELETE" });
    },
    exportConversation: (id, format, leafId) => {
      const path = format === "markdown" ? { format, leafId } : { format };
      return gate.pass(() => download(`/api/conversations/${id}/export?${query(path)}`));
    },
    importConversation: async (body) =>
      parsed(Conversation, await request("/api/conversations/import", { method: "POST", body })),
  };
}

function query(values: Record<string, string | number | undefined>): string {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
}

function parsed<T>(schema: Parser<T>, value: unknown): T {
  const data = schema.safeParse(value).data;
  if (data === undefined) throw new ApiError("internal", words().problem.internal);
  return data;
}

/** Items a newer server writes in a way we do not know are left out, not an error. */
function page<T>(schema: Parser<T>, value: unknown): Page<T> {
  if (typeof value !== "object" || value === null || !("items" in value)) {
    throw new ApiError("internal", words().problem.internal);
  }
  const items = Array.isArray(value.items) ? value.items : [];
  const next = "next" in value && typeof value.next === "string" ? value.next : undefined;
  return {
    items: items.flatMap((item) => {
      const data = schema.safeParse(item).data;
      return data === undefined ? [] : [data];
    }),
    next,
  };
}
