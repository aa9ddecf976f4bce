import {
  Conversation,
  type ConversationChange,
  type NewConversation,
} from "../../../src/protocol/conversation.ts";
import type { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import { Message } from "../../../src/protocol/message.ts";
import { Model, Session } from "../../../src/protocol/session.ts";
import { ApiError, request } from "./http.ts";

/** A page of a list; `next` asks for the one after it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** What the page asks of the server by HTTP; every method may throw `ApiError`. */
export interface Client {
  session(): Promise<Session>;
  models(): Promise<readonly Model[]>;
  conversations(limit: number, before?: string): Promise<Page<Conversation>>;
  conversation(id: ConversationId): Promise<Conversation>;
  create(conversation: NewConversation): Promise<Conversation>;
  change(id: ConversationId, change: ConversationChange): Promise<Conversation>;
  /** `keepalive` where the page is about to go. */
  remove(id: ConversationId, keepalive: boolean): Promise<void>;
  messages(id: ConversationId, before: MessageId): Promise<Page<Message>>;
}

interface Parser<T> {
  safeParse(value: unknown): { readonly data?: T | undefined };
}

/** The API under `/api` of the page's own origin. */
export function createClient(): Client {
  return {
    session: async () => parsed(Session, await request("/api/session")),
    models: async () => page(Model, await request("/api/models")).items,
    conversations: async (limit, before) =>
      page(Conversation, await request(`/api/conversations?${query({ limit, before })}`)),
    conversation: async (id) => parsed(Conversation, await request(`/api/conversations/${id}`)),
    create: async (body) =>
      parsed(Conversation, await request("/api/conversations", { method: "POST", body })),
    change: async (id, body) =>
      parsed(Conversation, await request(`/api/conversations/${id}`, { method: "PATCH", body })),
    remove: async (id, keepalive) => {
      await request(`/api/conversations/${id}`, { method: "DELETE", keepalive });
    },
    messages: async (id, before) =>
      page(
        Message,
        await request(`/api/conversations/${id}/messages?${query({ limit: 50, before })}`),
      ),
  };
}

function query(values: Record<string, string | number | undefined>): string {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
}

function parsed<T>(schema: Parser<T>, value: unknown): T {
  const data = schema.safeParse(value).data;
  if (data === undefined) throw new ApiError("internal", "The server answered in an unknown form.");
  return data;
}

/** Items a newer server writes in a way we do not know are left out, not an error. */
function page<T>(schema: Parser<T>, value: unknown): Page<T> {
  if (typeof value !== "object" || value === null || !("items" in value)) {
    throw new ApiError("internal", "The server answered in an unknown form.");
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
