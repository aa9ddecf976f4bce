import type { Conversation } from "../../../src/protocol/conversation.ts";
import type { UserEvent } from "../../../src/protocol/events.ts";
import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { Client } from "../api/client.ts";
import { words } from "../i18n/words.ts";
import {
  type ConversationList,
  type Edit,
  foldEdit,
  foldLeaving,
  foldPage,
  foldPinned,
  foldUserEvent,
  settleEdit,
  UNKNOWN_LIST,
  upsert,
  without,
} from "./conversation-list.ts";
import { createStore, type Store } from "./store.ts";

/** How long a deletion can be taken back. */
const UNDO_MS = 6_000;
/** The first page is small, so that it is soon there; those for who scrolls on are not. */
const FIRST_PAGE = 50;
const PAGE = 200;
const SOON_MS = 50;
/** No sidebar holds more: search is the way to what is older. */
const MOST = 10_000;

/** The list of conversations and what a reader can do to it. */
export interface ListStore {
  readonly list: Store<ConversationList>;
  /** Fetches what is loaded again, from the newest on. */
  reload(): Promise<void>;
  /** The same in a moment, once for all who ask until then. */
  reloadSoon(): void;
  loadMore(): Promise<void>;
  receive(event: UserEvent): void;
  /** Makes sure that the open conversation is known, however old. */
  opened(id: ConversationId): Promise<void>;
  edit(id: ConversationId, edit: Edit): Promise<void>;
  /** Deletes in a while; `restore` takes it back until then. */
  remove(id: ConversationId): void;
  restore(id: ConversationId): void;
  /** Deletes now what is waiting for it: the page goes away. */
  flush(): void;
}

/** `onFailure` gets what went wrong in words. */
export function createListStore(client: Client, onFailure: (words: string) => void): ListStore {
  const list = createStore<ConversationList>(UNKNOWN_LIST);
  const leaving = new Map<ConversationId, ReturnType<typeof setTimeout>>();
  let since: Map<ConversationId, Conversation | "deleted"> | undefined;
  let again = false;
  let soon: ReturnType<typeof setTimeout> | undefined;

  const note = (id: ConversationId, change: Conversation | "deleted") => since?.set(id, change);

  /** One fetch at a time; what events tell meanwhile is newer than the pages. */
  const fetching = async (
    task: (since: Map<ConversationId, Conversation | "deleted">) => Promise<void>,
  ) => {
    since = new Map();
    try {
      await task(since);
    } catch {
      if (list.get().phase === "loading") list.set({ ...list.get(), phase: "failed" });
    } finally {
      since = undefined;
      if (again) {
        again = false;
        await reload();
      }
    }
  };

  /** From the top down to where the list had been loaded; nothing goes away before it is known to. */
  const reload = async (): Promise<void> => {
    if (since) {
      again = true;
      return;
    }
    await fetching(async (changes) => {
      const { depth } = list.get();
      let newest: string | undefined;
      let before: string | undefined;
      do {
        const page = await client.conversations(depth === undefined ? FIRST_PAGE : PAGE, before);
        list.set(foldPage(list.get(), page, newest, changes));
        if (before === undefined && page.next !== undefined) {
          list.set(foldPinned(list.get(), await client.pinned(), changes));
        }
        newest = page.items.at(-1)?.updatedAt;
        before = page.next;
      } while (
        !again &&
        before !== undefined &&
        newest !== undefined &&
        newest > (depth ?? newest)
      );
    });
  };

  const remove = async (id: ConversationId, keepalive: boolean) => {
    clearTimeout(leaving.get(id));
    if (!leaving.delete(id)) return;
    try {
      await client.remove(id, keepalive);
      note(id, "deleted");
      list.set(without(list.get(), id));
    } catch {
      list.set(foldLeaving(list.get(), id, false));
      onFailure(words().sidebar.deleteFailed);
    }
  };

  const reloadSoon = () => {
    clearTimeout(soon);
    soon = setTimeout(() => void reload(), SOON_MS);
  };

  return {
    list,
    reload,
    reloadSoon,
    async loadMore() {
      const { next, depth, items } = list.get();
      if (since || next === undefined || items.size >= MOST) return;
      await fetching(async (changes) => {
        const page = await client.conversations(PAGE, next);
        list.set(foldPage(list.get(), page, depth, changes));
      });
    },
    receive(event) {
      if (event.type === "conversations.changed") reloadSoon();
      else if (event.type === "conversation.deleted") note(event.conversationId, "deleted");
      else if (event.type !== "models.changed") note(event.conversation.id, event.conversation);
      list.set(foldUserEvent(list.get(), event));
    },
    async opened(id) {
      if (list.get().items.has(id) || list.get().opened?.id === id) return;
      try {
        list.set({ ...list.get(), opened: await client.conversation(id) });
      } catch {
        // Its subscription says what is wrong with it.
      }
    },
    async edit(id, edit) {
      list.set(foldEdit(list.get(), id, edit));
      try {
        const changed = await client.change(id, edit);
        note(id, changed);
        list.set(upsert(settleEdit(list.get(), id, edit), changed));
      } catch {
        list.set(settleEdit(list.get(), id, edit));
        onFailure(words().sidebar.changeFailed);
      }
    },
    remove(id) {
      list.set(foldLeaving(list.get(), id, true));
      leaving.set(
        id,
        setTimeout(() => void remove(id, false), UNDO_MS),
      );
    },
    restore(id) {
      clearTimeout(leaving.get(id));
      leaving.delete(id);
      list.set(foldLeaving(list.get(), id, false));
    },
    flush() {
      for (const id of [...leaving.keys()]) void remove(id, true);
    },
  };
}
