import { randomUUID } from "node:crypto";
import { ChatError, notFound } from "../src/domain/errors.ts";
import type { Subscriber, SubscriptionHub } from "../src/domain/ports/live.ts";
import type { Catalogue, ChatModel } from "../src/domain/ports/model.ts";
import type { ConversationStore, LoggedEvent, MessageHistory } from "../src/domain/ports/store.ts";
import type { Regenerate } from "../src/domain/regenerate.ts";
import type { SendMessage } from "../src/domain/send-message.ts";
import type { StopGeneration } from "../src/domain/stop-generation.ts";
import { Conversation } from "../src/protocol/conversation.ts";
import type { ChatEvent } from "../src/protocol/events.ts";
import type { DeltaFrame, EventFrame, SubscribedFrame } from "../src/protocol/frames.ts";
import {
  type ConversationId,
  EventId,
  type GenerationId,
  LOG_START,
  MessageId,
  type UserId,
} from "../src/protocol/ids.ts";
import type { Message } from "../src/protocol/message.ts";
import { createMemorySidePorts } from "./memory-side-ports.ts";

interface Stored {
  readonly owner: UserId;
  conversation: Conversation;
  readonly messages: Message[];
  readonly events: LoggedEvent[];
  readonly sent: Map<string, { messageId: MessageId; generationId: GenerationId }>;
}

/** A whole chat in memory: the ports that the API drives, and the hands of a worker. */
export function createMemoryChat() {
  const stored = new Map<ConversationId, Stored>();
  const viewers = new Map<ConversationId, Set<Subscriber>>();
  let clock = Date.parse("2025-01-01T00:00:00.000Z");
  const now = () => new Date(clock++).toISOString();

  function find(id: ConversationId): Stored {
    const found = stored.get(id);
    if (found === undefined) throw notFound();
    return found;
  }

  function owned(owner: UserId, id: ConversationId): Stored {
    const found = find(id);
    if (found.owner !== owner) throw notFound();
    return found;
  }

  function publish(id: ConversationId, frame: EventFrame): void {
    for (const viewer of viewers.get(id) ?? []) viewer.send(JSON.stringify(frame));
  }

  function log(id: ConversationId, event: ChatEvent): EventId {
    const { events } = find(id);
    const eventId = EventId.parse(`${events.length + 1}-7`);
    events.push({ id: eventId, event });
    publish(id, { type: "event", conversationId: id, id: eventId, event });
    return eventId;
  }

  function page<Item>(items: readonly Item[], limit: number) {
    return items.length > limit
      ? { items: items.slice(0, limit), more: true }
      : { items, more: false };
  }

  const conversations: ConversationStore = {
    async create(owner, fields) {
      const known = fields.id && stored.get(fields.id);
      if (known?.owner === owner) return known.conversation;
      if (known) throw new ChatError("invalid", "That id belongs to another conversation.");
      const at = now();
      const conversation = Conversation.parse({
        id: randomUUID(),
        title: "",
        createdAt: at,
        updatedAt: at,
        pinned: false,
        generating: false,
        ...fields,
      });
      stored.set(conversation.id, {
        owner,
        conversation,
        messages: [],
        events: [],
        sent: new Map(),
      });
      return conversation;
    },
    get: async (owner, id) => owned(owner, id).conversation,
    async list(owner, { limit, before, pinned = false }) {
      const mine = [...stored.values()]
        .filter((one) => one.owner === owner)
        .map(({ conversation }) => conversation)
        .filter((one) => one.pinned || !pinned)
        .reverse();
      const from = before === undefined ? 0 : mine.findIndex(({ id }) => id === before) + 1;
      if (before !== undefined && from === 0) throw notFound("page");
      const { items, more } = page(mine.slice(from), limit);
      const next = more ? items.at(-1)?.id : undefined;
      return { items, ...(next !== undefined && { next }) };
    },
    async update(owner, id, change) {
      const found = owned(owner, id);
      const cleared = Object.entries({ ...found.conversation, ...change }).filter(
        ([, value]) => value !== null,
      );
      const base = { title: "", pinned: false };
      found.conversation = Conversation.parse({ ...base, ...Object.fromEntries(cleared) });
      log(id, { type: "conversation.updated", conversation: found.conversation });
      return found.conversation;
    },
    async remove(owner, id) {
      const { messages, events } = owned(owner, id);
      publish(id, { type: "event", conversationId: id, event: { type: "conversation.deleted" } });
      stored.delete(id);
      return { messages: messages.length, events: events.length, generations: 0, keys: 3 };
    },
    suggestTitle: async () => undefined,
    announce: async () => {},
  };

  const history: MessageHistory = {
    async page(id, { limit, before }) {
      const { messages } = find(id);
      const end =
        before === undefined ? messages.length : messages.findIndex((m) => m.id === before);
      if (end < 0) throw notFound("message");
      const start = Math.max(0, end - limit);
      const items = messages.slice(start, end);
      const next = start > 0 ? items[0]?.id : undefined;
      return { items, ...(next !== undefined && { next }) };
    },
    get: async (id, messageId) => stored.get(id)?.messages.find((m) => m.id === messageId),
    async *ancestors() {},
    async *inOrder(id) {
      yield* find(id).messages.filter(({ status }) => status !== "streaming");
    },
    all: async (id) => find(id).messages,
    count: async (id) => find(id).messages.length,
  };

  const hub: SubscriptionHub = {
    async subscribe(owner, id, after, subscriber) {
      const { messages, events } = owned(owner, id);
      const at = after === LOG_START ? 0 : events.findIndex((event) => event.id === after) + 1;
      const isReplay = after !== undefined && (at > 0 || after === LOG_START);
      const frame: SubscribedFrame = {
        type: "subscribed",
        conversationId: id,
        mode: isReplay ? "replay" : "snapshot",
        cursor: isReplay ? after : (events.at(-1)?.id ?? LOG_START),
        ...(!isReplay && { messages }),
        generations: [],
      };
      subscriber.send(JSON.stringify(frame));
      for (const { id: eventId, event } of isReplay ? events.slice(at) : []) {
        subscriber.send(JSON.stringify({ type: "event", conversationId: id, id: eventId, event }));
      }
      const watching = viewers.get(id) ?? new Set();
      viewers.set(id, watching.add(subscriber));
      return { resume() {}, leave: () => void watching.delete(subscriber) };
    },
  };

  const sendMessage: SendMessage = async ({
    owner,
    conversationId,
    messageId,
    content,
    parentId,
  }) => {
    const { messages, sent } = owned(owner, conversationId);
    const known = sent.get(messageId);
    if (known !== undefined) return known;
    if (parentId && !messages.some(({ id }) => id === parentId)) throw notFound("message");
    const parent = parentId === undefined ? (messages.at(-1)?.id ?? null) : parentId;
    const message = messageOf(messageId, parent, "user", content);
    const answer = messageOf(MessageId.parse(randomUUID()), messageId, "assistant", "");
    messages.push(message, { ...answer, status: "streaming" });
    const ids = { messageId, generationId: answer.id };
    sent.set(messageId, ids);
    log(conversationId, { type: "message.created", message });
    return ids;
  };

  function messageOf(
    id: MessageId,
    parentId: MessageId | null,
    role: Message["role"],
    content: string,
  ): Message {
    return { id, parentId, role, content, createdAt: now(), status: "done", metadata: {} };
  }

  const regenerate: Regenerate = async ({ owner, conversationId, parentId }) => {
    const { messages } = owned(owner, conversationId);
    if (!messages.some(({ id }) => id === parentId)) throw notFound("message");
    const answer = messageOf(MessageId.parse(randomUUID()), parentId, "assistant", "");
    messages.push({ ...answer, status: "streaming" });
    return { generationId: answer.id };
  };

  const stopGeneration: StopGeneration = async ({ owner, conversationId, generationId }) => {
    const { messages } = owned(owner, conversationId);
    if (!messages.some(({ id }) => id === generationId)) throw notFound("generation");
    end(conversationId, generationId, "stopped");
  };

  /** Ends a generation, as a worker does. */
  function end(id: ConversationId, generationId: GenerationId, status: "done" | "stopped"): void {
    const { messages } = find(id);
    const index = messages.findIndex((message) => message.id === generationId);
    const answer = messages[index];
    if (answer === undefined) throw new Error("no such generation");
    messages[index] = { ...answer, content: "An answer.", status };
    const { length } = "An answer.";
    log(
      id,
      status === "done"
        ? {
            type: "generation.finished",
            generationId,
            length,
            finishReason: "stop",
            usage: {},
            timing: {},
          }
        : { type: "generation.stopped", generationId, length },
    );
  }

  const models = [{ id: "echo", name: "Echo", engine: "echo", status: "ready" as const }];
  const model: ChatModel = {
    id: "echo",
    engine: "echo",
    limits: async () => ({ contextTokens: 4096 }),
    countTokens: async (text) => text.length,
    async *generate() {},
  };
  const catalogue: Catalogue = {
    models: () => models,
    pick(id = "echo") {
      if (id !== "echo") throw new ChatError("invalid", "There is no such model.");
      return model;
    },
  };

  return {
    ...createMemorySidePorts({
      conversations,
      history,
      catalogue,
      messagesOf: (id) => find(id).messages,
    }),
    conversations,
    history,
    hub,
    catalogue,
    sendMessage,
    regenerate,
    stopGeneration,
    /** What a worker and the store do. */
    hands: {
      end,
      log,
      delta(id: ConversationId, delta: Omit<DeltaFrame, "type" | "conversationId">): boolean[] {
        const frame = JSON.stringify({ type: "delta", conversationId: id, ...delta });
        return [...(viewers.get(id) ?? [])].map((viewer) => viewer.sendDelta(frame));
      },
      send(id: ConversationId, frame: string): void {
        for (const viewer of viewers.get(id) ?? []) viewer.send(frame);
      },
      reset(id: ConversationId): void {
        for (const viewer of viewers.get(id) ?? []) viewer.reset();
      },
      viewers: (id: ConversationId): number => viewers.get(id)?.size ?? 0,
    },
  };
}
