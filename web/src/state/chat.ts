import type { ConversationId, GenerationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Client } from "../api/client.ts";
import { type ConnectionStatus, createConnection } from "../socket/connection.ts";
import type { KnownFrame } from "../socket/decode-frame.ts";
import { newMessageId } from "../uuid.ts";
import { conversationOf } from "./conversation-list.ts";
import {
  addPending,
  choose,
  dropPending,
  refusePending,
  showNewest,
} from "./conversation-state.ts";
import { createConversationStore } from "./conversation-store.ts";
import { rememberPath } from "./conversation-tree.ts";
import { createListStore } from "./list-store.ts";
import type { OutboxEntry } from "./outbox.ts";
import { createOutbox, keyOf } from "./outbox-store.ts";
import { createRouter } from "./router.ts";
import { createSessionStore } from "./session-store.ts";
import { createStops } from "./stops.ts";
import { storage } from "./storage.ts";
import { createStore, type Store } from "./store.ts";

/** Everything the page knows and can do; elements read its stores and call its methods. */
export type Chat = ReturnType<typeof createChat>;

const NOTICE_MS = 6_000;

/** Starts the page: one socket, the list, the open conversation, the outbox. */
export function createChat(client: Client) {
  const status: Store<ConnectionStatus> = createStore<ConnectionStatus>("connecting");
  const notice = createStore<string | undefined>(undefined);
  const newChatModel = createStore<string | undefined>(storage.read("model"));
  const path = rememberPath();
  let draftId: string = newMessageId();
  let view = draftId;
  let left: ConversationId | undefined;
  let adopted: { readonly id: string; readonly view: string } | undefined;
  let noticeTimer: ReturnType<typeof setTimeout> | undefined;

  const tell = (words: string) => {
    clearTimeout(noticeTimer);
    notice.set(words);
    noticeTimer = setTimeout(() => notice.set(undefined), NOTICE_MS);
  };

  const session = createSessionStore(client);
  const list = createListStore(client, tell);
  const connection = createConnection({
    open: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/ws`),
    checkSession: () => session.check(),
    isOnline: () => navigator.onLine,
    onStatus: (next) => status.set(next),
    onHello: ({ user }) => {
      list.reloadSoon();
      conversations.connected();
      outbox.connected(user.id);
      stops.connected();
      if (!session.session.get()) void session.check();
    },
    onFrame: receive,
  });
  const conversations = createConversationStore(client, (frame) => connection.send(frame));
  const stops = createStops((frame) => connection.send(frame));
  const outbox = createOutbox(client, (frame) => connection.send(frame), {
    onCreated(from, made) {
      list.receive({ type: "conversation.created", conversation: made });
      if (!conversations.adopt(from, made.id)) return;
      adopted = { id: made.id, view: from };
      draftId = newMessageId();
      router.replace({ page: "conversation", id: made.id });
    },
    onRefused(entry, words) {
      if (entry.what.kind === "message") {
        conversations.update(keyOf(entry), (state) => refusePending(state, entry.id, words));
      } else {
        outbox.remove(entry.id);
        tell(words);
      }
    },
    onRestored(entry) {
      const isNew = router.route.get().page === "new";
      if (
        entry.draftId !== undefined &&
        isNew &&
        conversations.current.get().pending.length === 0
      ) {
        draftId = entry.draftId;
        show();
      }
      showEntry(entry);
    },
  });
  const router = createRouter();
  router.route.subscribe(show);
  show();
  void session.check();
  void list.reload();

  function show() {
    const route = router.route.get();
    const id = route.page === "conversation" ? route.id : undefined;
    const key = id ?? (route.page === "new" ? draftId : "unknown");
    view = adopted && adopted.id === id ? adopted.view : key;
    conversations.open(key, id);
    for (const entry of outbox.entriesOf(key)) showEntry(entry);
    if (id) void list.opened(id);
  }

  function showEntry(entry: OutboxEntry) {
    const { id, createdAt, what } = entry;
    if (what.kind !== "message") return;
    const { content, under } = what;
    const pending = { messageId: id, content, under, createdAt, refusal: undefined };
    conversations.update(keyOf(entry), (state) => addPending(state, pending));
  }

  function receive(frame: KnownFrame) {
    switch (frame.type) {
      case "event":
        if ("log" in frame) return list.receive(frame.event);
        if (frame.event.type === "conversation.updated") list.receive(frame.event);
        stops.receive(frame.event);
        return conversations.receive(frame);
      case "subscribed":
      case "delta":
      case "skipped":
        return conversations.receive(frame);
      case "ack":
        return outbox.acknowledged(frame.messageId ?? frame.requestId);
      case "error": {
        if (outbox.failed(frame)) return;
        const route = router.route.get();
        if (route.page === "conversation" && frame.ref === route.id) {
          conversations.refused(frame.code === "not_found");
        } else if (stops.failed(frame.ref)) tell(frame.message);
        return;
      }
      default:
        return;
    }
  }

  const currentKey = () => {
    const route = router.route.get();
    return route.page === "conversation" ? route.id : draftId;
  };
  const entry = (what: OutboxEntry["what"]): OutboxEntry => {
    const route = router.route.get();
    const conversationId = route.page === "conversation" ? route.id : undefined;
    return {
      id: newMessageId(),
      conversationId,
      draftId: conversationId ? undefined : draftId,
      userId: undefined,
      createdAt: new Date().toISOString(),
      model: model(),
      what,
    };
  };
  /** The model that answers next: the conversation's own, where it still exists. */
  function model(): string | undefined {
    const route = router.route.get();
    const models = session.session.get()?.models ?? [];
    const wanted =
      route.page === "conversation"
        ? conversationOf(list.list.get(), route.id)?.model
        : newChatModel.get();
    return (models.find(({ id }) => id === wanted) ?? models[0])?.id;
  }
  const submit = (what: OutboxEntry["what"]) => {
    const made = entry(what);
    showEntry(made);
    outbox.add(made);
  };

  return {
    status,
    notice,
    session: session.session,
    list,
    conversations,
    router,
    newChatModel,
    path: () => path(conversations.current.get()),
    stops,
    /** What the reader looks at; it stays the same when a new chat becomes a conversation. */
    view: () => view,
    model,
    connection,

    /** Sends a message below what is on screen, which may be an answer that still runs. */
    send(content: string) {
      const leaf = path(conversations.current.get()).at(-1);
      const settled = leaf && !leaf.pending && leaf.message.role === "assistant";
      submit({
        kind: "message",
        content,
        parentId: settled ? leaf.message.id : undefined,
        under: leaf?.message.id ?? null,
      });
    },
    /** Another version of a message of one's own. */
    edit(message: Message, content: string) {
      submit({ kind: "message", content, parentId: message.parentId, under: message.parentId });
    },
    /** Another answer to the same message; one that goes on from `from`'s text. */
    regenerate(parentId: MessageId, from?: GenerationId) {
      conversations.update(currentKey(), (state) => showNewest(state, parentId));
      submit({ kind: "generation", parentId, continue: from });
    },
    stop(generationId: GenerationId) {
      const route = router.route.get();
      if (route.page === "conversation") stops.add(route.id, generationId);
    },
    choose(group: string, id: MessageId) {
      conversations.update(currentKey(), (state) => choose(state, group, id));
    },
    retry(id: MessageId) {
      conversations.update(currentKey(), (state) => refusePending(state, id, undefined));
      outbox.retry(id);
    },
    discard(id: MessageId) {
      conversations.update(currentKey(), (state) => dropPending(state, id));
      outbox.remove(id);
    },
    setModel(id: string) {
      const route = router.route.get();
      storage.write("model", id);
      newChatModel.set(id);
      if (route.page === "conversation") void list.edit(route.id, { model: id });
    },
    /** Deletes in a while; the open one is left at once, and `restore` brings it back. */
    remove(id: ConversationId) {
      list.remove(id);
      const route = router.route.get();
      left = route.page === "conversation" && route.id === id ? id : undefined;
      if (left) router.go({ page: "new" });
    },
    restore(id: ConversationId) {
      list.restore(id);
      if (left === id && router.route.get().page === "new") router.go({ page: "conversation", id });
    },
    /** A fresh new chat, even where one is already on its way. */
    newChat() {
      if (conversations.current.get().pending.length > 0) draftId = newMessageId();
      router.go({ page: "new" });
      show();
    },
  };
}
