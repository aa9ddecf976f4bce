import type { Conversation } from "../../../src/protocol/conversation.ts";
import type { ClientFrame } from "../../../src/protocol/frames.ts";
import type { ConversationId, GenerationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Client } from "../api/client.ts";
import { newMessageId } from "../uuid.ts";
import type { SettingsStore } from "./chat-settings.ts";
import { addPending, dropPending, refusePending, showNewest } from "./conversation-state.ts";
import type { ConversationStore } from "./conversation-store.ts";
import { selectPath } from "./conversation-tree.ts";
import { createFollowUps, mustWait, placeAfter } from "./follow-ups.ts";
import type { OutboxEntry } from "./outbox.ts";
import { createOutbox, keyOf } from "./outbox-store.ts";
import type { Router } from "./router.ts";

/** As many questions are known for this page's own. */
const MOST_ASKED = 200;

/** What writing needs from the page around it. */
export interface WritingDeps {
  readonly client: Client;
  readonly send: (frame: ClientFrame) => boolean;
  readonly conversations: ConversationStore;
  readonly router: Router;
  readonly settings: SettingsStore;
  /** The model that answers next. */
  readonly model: () => string | undefined;
  readonly onCreated: (conversation: Conversation) => void;
  /** Says something where no place of its own can. */
  readonly tell: (words: string) => void;
}

/**
 * Everything a reader writes, from the box to the server's word that it has it. The open conversation
 * or new chat is `open`ed first.
 */
export function createWriting(deps: WritingDeps) {
  const { client, conversations, router, settings } = deps;
  let draftId: string = newMessageId();
  const asked = new Set<MessageId>();
  let openKey = "";
  let adopted: { readonly id: string; readonly view: string } | undefined;

  const openId = (): ConversationId | undefined => {
    const route = router.route.get();
    return route.page === "conversation" ? route.id : undefined;
  };
  const outbox = createOutbox(client, deps.send, {
    onCreated(from, made) {
      deps.onCreated(made);
      if (!conversations.adopt(from, made.id)) return;
      adopted = { id: made.id, view: from };
      openKey = made.id;
      draftId = newMessageId();
      settings.begun();
      router.replace({ page: "conversation", id: made.id });
    },
    onRefused(entry, words) {
      if (entry.what.kind === "message") {
        conversations.update(keyOf(entry), (state) => refusePending(state, entry.id, words));
      } else {
        outbox.remove(entry.id);
        deps.tell(words);
      }
    },
    onRestored(entry) {
      const fresh = router.route.get().page === "new" && isEmpty();
      if (entry.draftId !== undefined && fresh) {
        draftId = entry.draftId;
        open();
      }
      // Nobody looks at where it waits: there is nothing to change any more.
      if (entry.held && keyOf(entry) !== openKey && entry.what.kind === "message") {
        outbox.release(entry.id, entry.what);
      } else showEntry(entry);
    },
  });
  const followUps = createFollowUps(conversations, outbox, () => openKey);
  conversations.current.subscribe(() => followUps.settle());

  const isEmpty = () => {
    const { pending, queued } = conversations.current.get();
    return pending.length === 0 && queued.length === 0;
  };
  const path = () => selectPath(conversations.current.get());

  function open() {
    const key = openId() ?? (router.route.get().page === "new" ? draftId : "unknown");
    if (key !== openKey) followUps.handOver();
    openKey = key;
    conversations.open(key, openId());
    for (const entry of outbox.entriesOf(key)) showEntry(entry);
  }

  function showEntry(entry: OutboxEntry) {
    const { id, createdAt, what } = entry;
    if (what.kind !== "message") return;
    if (entry.held) return followUps.show(keyOf(entry), entry);
    const { content, under } = what;
    const pending = { messageId: id, content, under, createdAt, refusal: undefined };
    conversations.update(keyOf(entry), (state) => addPending(state, pending));
  }

  const submit = (what: OutboxEntry["what"], held = false, by?: string) => {
    const conversationId = openId();
    const entry: OutboxEntry = {
      id: newMessageId(),
      conversationId,
      draftId: conversationId ? undefined : draftId,
      userId: undefined,
      createdAt: new Date().toISOString(),
      model: by ?? deps.model(),
      setup: conversationId ? undefined : settings.of(undefined),
      held,
      what,
    };
    asked.add(what.kind === "message" ? entry.id : what.parentId);
    for (const oldest of asked) if (asked.size > MOST_ASKED) asked.delete(oldest);
    // The box first: showing a message may already ask for it to be sent.
    outbox.add(entry);
    showEntry(entry);
  };

  return {
    outbox,
    followUps,
    openId,
    open,
    /** The open conversation's id, or the new chat's. */
    key: () => openKey,
    /** What the reader looks at; it stays the same when a new chat becomes a conversation. */
    view: () => (adopted && adopted.id === openId() ? adopted.view : openKey),

    /** Whether this page, since it was loaded, asked for an answer to a message. */
    isAsked: (id: MessageId | null) => id !== null && asked.has(id),

    /** Sends a message below what is on screen; while an answer grows there it waits in the page. */
    send(content: string) {
      const shown = path();
      const held = mustWait(shown, conversations.current.get().live);
      submit({ kind: "message", content, ...placeAfter(shown) }, held);
    },
    /** Another version of a message of one's own. */
    edit(message: Message, content: string) {
      submit({ kind: "message", content, parentId: message.parentId, under: message.parentId });
    },
    /** Another answer to the same message: of another model, or one that goes on from `from`'s text. */
    regenerate(parentId: MessageId, from?: GenerationId, by?: string) {
      conversations.update(openKey, (state) => showNewest(state, parentId));
      submit({ kind: "generation", parentId, continue: from }, false, by);
    },
    retry(id: MessageId) {
      conversations.update(openKey, (state) => refusePending(state, id, undefined));
      outbox.retry(id);
    },
    discard(id: MessageId) {
      conversations.update(openKey, (state) => dropPending(state, id));
      outbox.remove(id);
    },
    /** A fresh new chat, even where one is already on its way. */
    newChat() {
      if (!isEmpty()) draftId = newMessageId();
    },
  };
}
