import type { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import { type ConversationState, choose } from "./conversation-state.ts";
import type { ConversationStore } from "./conversation-store.ts";
import { selectPath } from "./conversation-tree.ts";
import { createStore, type Store } from "./store.ts";

/** Older pages that are read on the way to one message; more is a journey, not a jump. */
const MOST_PAGES = 100;
const PAGE = 200;

/** Brings single messages of the open conversation before the reader's eyes. */
export interface Reveal {
  /** The message to show now: a new object each time one is to be shown. */
  readonly shown: Store<{ readonly messageId: MessageId } | undefined>;
  /** Whether it could be shown; asking for another ends it. */
  show(id: ConversationId, messageId: MessageId): Promise<boolean>;
  /** Gives up what is on its way: the reader went elsewhere. */
  stop(): void;
}

/** Reads older pages where it must, and chooses the versions that lead to the message. */
export function createReveal(conversations: ConversationStore): Reveal {
  const shown = createStore<{ readonly messageId: MessageId } | undefined>(undefined);
  let controller = new AbortController();
  const stop = () => {
    controller.abort();
    shown.set(undefined);
  };
  return {
    shown,
    stop,
    async show(id, messageId) {
      stop();
      controller = new AbortController();
      const { signal } = controller;
      const found = await bringToPath(conversations, id, messageId, signal);
      if (signal.aborted) return true;
      if (found) shown.set({ messageId });
      return found;
    },
  };
}

async function bringToPath(
  conversations: ConversationStore,
  id: ConversationId,
  messageId: MessageId,
  signal: AbortSignal,
): Promise<boolean> {
  const { current, loadingOlder } = conversations;
  await until(current, ({ phase }) => phase !== "loading", signal);
  for (let pages = 0; !signal.aborted && pages < MOST_PAGES; pages += 1) {
    const chosen = chooseWayTo(current.get(), messageId);
    if (chosen) {
      conversations.update(id, () => chosen);
      if (selectPath(chosen).some(({ message }) => message.id === messageId)) return true;
    }
    // The reader's own scrolling may have asked for a page.
    await until(loadingOlder, (loading) => !loading, signal);
    const { older, messages } = current.get();
    if (signal.aborted || older === "none") return false;
    await conversations.loadOlder(PAGE);
    if (current.get().messages.size === messages.size) return false;
  }
  return false;
}

/** The state with the versions chosen that lead to a message; `undefined` where it is not loaded. */
function chooseWayTo(
  state: ConversationState,
  messageId: MessageId,
): ConversationState | undefined {
  let message = state.messages.get(messageId);
  if (!message) return undefined;
  let next = state;
  while (message) {
    const { id, parentId }: { id: MessageId; parentId: MessageId | null } = message;
    next = choose(next, parentId ?? "root", id);
    message = parentId === null ? undefined : state.messages.get(parentId);
  }
  return next;
}

function until<T>(
  store: Store<T>,
  condition: (value: T) => boolean,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!signal.aborted && !condition(store.get())) return;
      stop();
      resolve();
    };
    const stop = store.subscribe(check);
    signal.addEventListener("abort", check, { once: true });
    check();
  });
}
