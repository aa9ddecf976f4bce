import type { Conversation } from "../../../src/protocol/conversation.ts";
import type { UserEvent } from "../../../src/protocol/events.ts";
import type { ConversationId } from "../../../src/protocol/ids.ts";

/** A change of ours the server has not confirmed. */
export type Edit = Partial<Pick<Conversation, "title" | "pinned" | "model">>;

/** The conversations of the sidebar, as far as they are loaded. */
export interface ConversationList {
  readonly phase: "loading" | "ready" | "failed";
  readonly items: ReadonlyMap<ConversationId, Conversation>;
  /** The one that is open, which may be too old to be among them. */
  readonly opened: Conversation | undefined;
  /** Asks for the next page; absent at the end. */
  readonly next: string | undefined;
  readonly edits: ReadonlyMap<ConversationId, Edit>;
  /** Deleted by the reader, who may still take it back. */
  readonly leaving: ReadonlySet<ConversationId>;
}

/** A list nothing is known of. */
export const UNKNOWN_LIST: ConversationList = {
  phase: "loading",
  items: new Map(),
  opened: undefined,
  next: undefined,
  edits: new Map(),
  leaving: new Set(),
};

/** What happened to single conversations while a page was on its way: it is newer than the page. */
export type Since = ReadonlyMap<ConversationId, Conversation | "deleted">;

/** Folds one event of the user's log. `conversations.changed` is for whoever fetches. */
export function foldUserEvent(list: ConversationList, event: UserEvent): ConversationList {
  switch (event.type) {
    case "conversation.created":
    case "conversation.updated":
      return upsert(list, event.conversation);
    case "conversation.deleted":
      return without(list, event.conversationId);
    case "conversations.changed":
      return list;
    default:
      event satisfies never;
      return list;
  }
}

/** Adds or replaces one conversation. */
export function upsert(list: ConversationList, conversation: Conversation): ConversationList {
  return { ...list, items: new Map(list.items).set(conversation.id, conversation) };
}

/** Forgets one conversation. */
export function without(list: ConversationList, id: ConversationId): ConversationList {
  const items = new Map(list.items);
  const edits = new Map(list.edits);
  const leaving = new Set(list.leaving);
  items.delete(id);
  edits.delete(id);
  leaving.delete(id);
  return { ...list, items, edits, leaving };
}

/** Takes a page: in place of everything (`"first"`) or after what is loaded (`"next"`). */
export function foldPage(
  list: ConversationList,
  page: { readonly items: readonly Conversation[]; readonly next: string | undefined },
  place: "first" | "next",
  since: Since,
): ConversationList {
  const items = new Map(place === "next" ? list.items : []);
  for (const item of page.items) items.set(item.id, item);
  for (const [id, change] of since) {
    if (change === "deleted") items.delete(id);
    else items.set(id, change);
  }
  return { ...list, phase: "ready", items, next: page.next };
}

/** Shows a change before the server has it; `undefined` shows the server's own again. */
export function foldEdit(
  list: ConversationList,
  id: ConversationId,
  edit: Edit | undefined,
): ConversationList {
  const edits = new Map(list.edits);
  if (edit) edits.set(id, { ...edits.get(id), ...edit });
  else edits.delete(id);
  return { ...list, edits };
}

/** Hides a conversation that is about to be deleted, or brings it back. */
export function foldLeaving(
  list: ConversationList,
  id: ConversationId,
  leaving: boolean,
): ConversationList {
  const next = new Set(list.leaving);
  if (leaving) next.add(id);
  else next.delete(id);
  return { ...list, leaving: next };
}

/** A conversation with the reader's own changes upon it. */
export function conversationOf(
  list: ConversationList,
  id: ConversationId,
): Conversation | undefined {
  const item = list.items.get(id) ?? (list.opened?.id === id ? list.opened : undefined);
  const edit = list.edits.get(id);
  return item && edit ? { ...item, ...edit } : item;
}
