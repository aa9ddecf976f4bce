import type { ConversationId, GenerationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Client } from "../api/client.ts";
import type { SignInGate } from "../api/sign-in-gate.ts";
import { problemWords } from "../i18n/problem-words.ts";
import { type ConnectionStatus, createConnection } from "../socket/connection.ts";
import type { KnownFrame } from "../socket/decode-frame.ts";
import { createSettings } from "./chat-settings.ts";
import { conversationOf } from "./conversation-list.ts";
import { choose } from "./conversation-state.ts";
import { createConversationStore } from "./conversation-store.ts";
import { rememberPath } from "./conversation-tree.ts";
import { createCopies } from "./copies.ts";
import { createLibrary } from "./library.ts";
import { createListStore } from "./list-store.ts";
import { ownStorage, whenOthers } from "./own-storage.ts";
import { createRating } from "./rating.ts";
import { createRouter } from "./router.ts";
import { createSessionStore } from "./session-store.ts";
import { createSignOut } from "./sign-out.ts";
import { createStops } from "./stops.ts";
import { createStore, type Store } from "./store.ts";
import { createWriting } from "./writing.ts";

/** Everything the page knows and can do; elements read its stores and call its methods. */
export type Chat = ReturnType<typeof createChat>;

const NOTICE_MS = 6_000;
const FOUND_MOST = 20;

/** Starts the page: one socket, the list, the open conversation, the outbox. */
export function createChat(client: Client, gate: SignInGate) {
  const status: Store<ConnectionStatus> = createStore<ConnectionStatus>("connecting");
  const retryAt = createStore<number | undefined>(undefined);
  const notice = createStore<string | undefined>(undefined);
  const newChatModel = createStore<string | undefined>(ownStorage.read("model"));
  const path = rememberPath();
  let left: ConversationId | undefined;
  let recognised = false;
  let noticeTimer: ReturnType<typeof setTimeout> | undefined;

  const tell = (words: string) => {
    clearTimeout(noticeTimer);
    notice.set(words);
    noticeTimer = setTimeout(() => notice.set(undefined), NOTICE_MS);
  };

  const session = createSessionStore(client, {
    onSignedIn: (known) => {
      gate.open();
      copies.signedIn(known);
      recognised = true;
    },
    onSignedOut: () => copies.clear(),
    onOtherUser: startOver,
  });
  const list = createListStore(client, tell);
  const connection = createConnection({
    open: () => new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/ws`),
    checkSession: () => session.check(),
    isOnline: () => navigator.onLine,
    onStatus: (next) => status.set(next),
    onRetryAt: (at) => retryAt.set(at),
    onHello: ({ user }) => {
      if (ownStorage.claim(user.id) === "others") return startOver();
      list.reloadSoon();
      conversations.connected();
      writing.outbox.connected(user.id);
      stops.connected();
      settings.retry();
      // A session that is known without this is a copy of another day.
      if (!recognised) void session.check();
      else session.askModels();
    },
    onFrame: receive,
  });
  const conversations = createConversationStore(client, (frame) => connection.send(frame));
  const stops = createStops((frame) => connection.send(frame));
  gate.onShut = () => connection.identityLost();
  const router = createRouter();
  const settings = createSettings(client, (conversation) =>
    list.receive({ type: "conversation.updated", conversation }),
  );
  const writing = createWriting({
    client,
    send: (frame) => connection.send(frame),
    conversations,
    router,
    settings,
    model,
    onCreated: (conversation) => list.receive({ type: "conversation.created", conversation }),
    tell,
  });
  const copies = createCopies({
    load: async () => {
      const kept = await import("../offline/kept-conversations.ts");
      return kept.createKeptConversations(kept.openCopyStore());
    },
    status,
    session: session.session,
    list: list.list,
    conversations,
    openId: writing.openId,
  });
  const signOut = createSignOut({
    signOut: () => client.signOut(),
    leave() {
      connection.leave();
      copies.clear();
    },
    tell,
  });
  const library = createLibrary(client, {
    list,
    conversations,
    router,
    session: session.session,
    tell,
  });
  whenOthers(startOver);
  router.route.subscribe(show);
  show();
  void session.check();
  void list.reload();

  function show() {
    writing.open();
    const id = writing.openId();
    if (id) void list.opened(id);
    copies.opened();
    library.routed();
  }

  function receive(frame: KnownFrame) {
    switch (frame.type) {
      case "event":
        if ("log" in frame) {
          if (frame.event.type === "conversation.deleted")
            copies.forget(frame.event.conversationId);
          if (frame.event.type === "models.changed") return session.takeModels(frame.event.models);
          return list.receive(frame.event);
        }
        if (frame.event.type === "conversation.updated") list.receive(frame.event);
        stops.receive(frame.event);
        return conversations.receive(frame);
      case "subscribed":
      case "delta":
      case "skipped":
        return conversations.receive(frame);
      case "ack":
        return writing.outbox.acknowledged(frame.messageId ?? frame.requestId);
      case "error": {
        if (writing.outbox.failed(frame)) return;
        const route = router.route.get();
        if (route.page === "conversation" && frame.ref === route.id) {
          conversations.refused(frame.code === "not_found");
        } else if (stops.failed(frame.ref)) tell(problemWords(frame.code, frame.message));
        return;
      }
      default:
        return;
    }
  }

  function openConversation() {
    const id = writing.openId();
    return id && conversationOf(list.list.get(), id);
  }

  /** The page holds another user's things; one that was only just opened keeps its address. */
  function startOver() {
    document.body.replaceChildren();
    if (session.session.get()) location.replace("/");
    else location.reload();
  }

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

  return {
    status,
    retryAt,
    notice,
    session: session.session,
    list,
    library,
    conversations,
    router,
    newChatModel,
    path: () => path(conversations.current.get()),
    stops,
    /** What the reader looks at; it stays the same when a new chat becomes a conversation. */
    view: writing.view,
    writing,
    settings,
    /** What a page shows that never was connected. */
    offline: copies.shown,
    /** The open conversation, as far as it is known. */
    openConversation,
    model,
    connection,
    signOut,
    /** Finds titles and messages on the server. @throws ApiError */
    find: (query: string, signal: AbortSignal) => client.search(query, FOUND_MOST, signal),

    stop(generationId: GenerationId) {
      const route = router.route.get();
      if (route.page === "conversation") stops.add(route.id, generationId);
    },
    rate: createRating(client, { conversations, openId: writing.openId, tell }),
    choose(group: string, id: MessageId) {
      conversations.update(writing.key(), (state) => choose(state, group, id));
    },
    setModel(id: string) {
      const route = router.route.get();
      ownStorage.write("model", id);
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
      writing.newChat();
      router.go({ page: "new" });
      show();
    },
  };
}
