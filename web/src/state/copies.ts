import type { ConversationId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import type { Session } from "../../../src/protocol/session.ts";
import type { KeptConversations } from "../offline/kept-conversations.ts";
import type { ConnectionStatus } from "../socket/connection.ts";
import { type ConversationList, conversationOf } from "./conversation-list.ts";
import type { ConversationState } from "./conversation-state.ts";
import type { ConversationStore } from "./conversation-store.ts";
import { ownStorage } from "./own-storage.ts";
import { createStore, type Store } from "./store.ts";

/** What a page shows that began without a network: a copy of a time (ISO 8601), or none. */
export type Shown = { readonly copyOf: string | undefined };

/** Keeps what is read for when there is no network, and shows it then. */
export interface Copies {
  /** Set while this page has never been connected, and says what it shows instead. */
  readonly shown: Store<Shown | undefined>;
  signedIn(session: Session): void;
  /** Nobody is: nothing of what is kept may be found here. */
  clear(): void;
  forget(id: ConversationId): void;
  /** Another conversation is open. */
  opened(): void;
}

/** What copies are made of, and where they are shown. */
export interface CopiesDeps {
  readonly load: () => Promise<KeptConversations>;
  readonly status: Store<ConnectionStatus>;
  readonly session: Store<Session | undefined>;
  readonly list: Store<ConversationList>;
  readonly conversations: Pick<ConversationStore, "current" | "update">;
  /** The open conversation; `undefined` in a new chat. */
  readonly openId: () => ConversationId | undefined;
}

/** A conversation that has been quiet for so long is worth keeping. */
const QUIET_MS = 1_000;

/** Where the database is forbidden or full, nothing is kept and everything else works. */
export function createCopies(deps: CopiesDeps): Copies {
  const { status, session, list, conversations, openId } = deps;
  const shown = createStore<Shown | undefined>(undefined);
  let wasLive = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let loaded: Promise<KeptConversations> | undefined;

  const use = async <T>(task: (kept: KeptConversations) => Promise<T>): Promise<T | undefined> => {
    try {
      loaded ??= deps.load();
      return await task(await loaded);
    } catch {
      loaded = undefined;
      return undefined;
    }
  };

  const keepOpen = () => {
    const id = openId();
    const user = session.get()?.user;
    const conversation = id && conversationOf(list.get(), id);
    const { phase, cursor, messages } = conversations.current.get();
    if (!conversation || !user || !wasLive || phase !== "ready" || cursor === undefined) return;
    const ended = [...messages.values()].filter((message) => message.status !== "streaming");
    const copy = { conversation, messages: ended, at: new Date().toISOString() };
    if (ended.length > 0) void use((kept) => kept.keep(user.id, copy));
  };

  const showCopy = async () => {
    const id = openId();
    const userId = ownStorage.owner();
    if (wasLive || !isAway(status.get()) || userId === undefined) return;
    const copy = id && (await use((kept) => kept.copy(userId, id)));
    if (wasLive || openId() !== id) return;
    shown.set({ copyOf: copy?.at });
    if (id) conversations.update(id, (state) => fill(state, copy?.messages ?? []));
  };

  const begin = async () => {
    const userId = ownStorage.owner();
    if (userId === undefined) return;
    const known = await use((kept) => kept.session(userId));
    if (!wasLive && known && !session.get()) session.set(known);
    const items = await use((kept) => kept.list(userId));
    if (!wasLive && items && list.get().phase !== "ready") {
      const known = new Map(items.map((item) => [item.id, item]));
      list.set({ ...list.get(), phase: "ready", items: known });
    }
    await showCopy();
  };

  status.subscribe(() => {
    if (status.get() === "live") {
      wasLive = true;
      shown.set(undefined);
    } else if (!wasLive && isAway(status.get()) && !shown.get()) void begin();
  });
  conversations.current.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(keepOpen, QUIET_MS);
  });

  return {
    shown,
    signedIn: (known) => void use((kept) => kept.keepSession(known)),
    clear: () => void use((kept) => kept.clear()),
    forget(id) {
      const user = session.get()?.user;
      if (user) void use((kept) => kept.forget(user.id, id));
    },
    opened: () => void showCopy(),
  };
}

function isAway(status: ConnectionStatus): boolean {
  return status === "offline" || status === "reconnecting";
}

/** Without a cursor: the first subscription replaces it by what the server has. */
function fill(state: ConversationState, messages: readonly Message[]): ConversationState {
  if (state.phase !== "loading") return state;
  return { ...state, phase: "ready", messages: new Map(messages.map((item) => [item.id, item])) };
}
