import type { ClientFrame } from "../../../src/protocol/frames.ts";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { Client } from "../api/client.ts";
import { type ConversationState, emptyConversation, foldOlderPage } from "./conversation-state.ts";
import { type ConversationFrame, foldFrame } from "./fold-frame.ts";
import { createStore, type Store } from "./store.ts";

/** As many conversations stay in memory, so that going back to one is instant. */
const KEPT = 8;
/** After so many gaps in a row asking again does not help: show what there is. */
const PATIENCE = 3;

/** The open conversation, kept up to date by its subscription, and a few left ones as they were. */
export interface ConversationStore {
  readonly current: Store<ConversationState>;
  /** True while an older page is on its way. */
  readonly loadingOlder: Store<boolean>;
  /** Opens a conversation, or (with a draft's id) a new chat, and leaves the one before. */
  open(key: string, id: ConversationId | undefined): void;
  /** A new chat has become a conversation. Whether it was the open one. */
  adopt(draftId: string, id: ConversationId): boolean;
  /** The socket is live: subscribe (again). */
  connected(): void;
  receive(frame: ConversationFrame): void;
  /** The subscription was refused. */
  refused(missing: boolean): void;
  /** Changes the state under `key`, open or kept. */
  update(key: string, change: (state: ConversationState) => ConversationState): void;
  /** `limit`: how many messages; the server's own page where absent. */
  loadOlder(limit?: number): Promise<void>;
}

/** `send` may drop a frame: `connected` makes up for it. */
export function createConversationStore(
  client: Client,
  send: (frame: ClientFrame) => boolean,
): ConversationStore {
  const current = createStore(emptyConversation("ready"));
  const loadingOlder = createStore(false);
  const kept = new Map<string, ConversationState>();
  let key = "";
  let id: ConversationId | undefined;
  // Until `subscribed` comes, frames belong to a subscription we have given up.
  let awaiting = true;
  let gaps = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const subscribe = () => {
    clearTimeout(retry);
    if (!id) return;
    awaiting = true;
    const after = current.get().cursor;
    send({ type: "subscribe", conversationId: id, ...(after === undefined ? {} : { after }) });
  };
  const subscribeIn = (ms: number) => {
    awaiting = true;
    clearTimeout(retry);
    retry = setTimeout(subscribe, ms);
  };
  const keep = () => {
    if (key === "") return;
    kept.delete(key);
    kept.set(key, current.get());
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(oldest);
    }
  };

  return {
    current,
    loadingOlder,
    open(nextKey, nextId) {
      if (nextKey === key) return;
      if (id) send({ type: "unsubscribe", conversationId: id });
      keep();
      key = nextKey;
      id = nextId;
      gaps = 0;
      loadingOlder.set(false);
      current.set(kept.get(key) ?? emptyConversation(id ? "loading" : "ready"));
      kept.delete(key);
      subscribe();
    },
    adopt(draftId, newId) {
      const open = key === draftId;
      const state = open ? current.get() : kept.get(draftId);
      kept.delete(draftId);
      if (open) {
        key = newId;
        id = newId;
        subscribe();
      } else if (state) kept.set(newId, state);
      return open;
    },
    connected: subscribe,
    receive(frame) {
      if (frame.conversationId !== id) return;
      if (frame.type === "subscribed") awaiting = false;
      else if (awaiting) return;
      const next = foldFrame(current.get(), frame, { lenient: gaps >= PATIENCE });
      if (next === "gap") {
        subscribeIn(gaps === 0 ? 0 : Math.min(10_000, 250 * 2 ** gaps));
        gaps += 1;
        return;
      }
      if (frame.type === "event" || frame.type === "skipped") gaps = 0;
      current.set(next);
    },
    refused(missing) {
      if (missing) current.set({ ...current.get(), phase: "missing" });
      else subscribeIn(2_000 + 2_000 * Math.random());
    },
    update(which, change) {
      if (which === key) current.set(change(current.get()));
      else {
        const state = kept.get(which);
        if (state) kept.set(which, change(state));
      }
    },
    async loadOlder(limit) {
      const state = current.get();
      const [oldest] = state.messages.keys();
      const from = id;
      if (!from || !oldest || state.older === "none" || loadingOlder.get()) return;
      loadingOlder.set(true);
      try {
        const page = await client.messages(from, oldest, limit);
        if (id === from) {
          const more = page.next !== undefined && page.items.length > 0;
          current.set(foldOlderPage(current.get(), page.items, more));
        }
      } catch {
        // The reader scrolls again, or the connection comes back.
      } finally {
        loadingOlder.set(false);
      }
    },
  };
}
