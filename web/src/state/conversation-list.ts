import type { Conversation } from "../../../src/protocol/conversation.ts";
import type { UserEvent } from "../../../src/protocol/events.ts";
import type { ConversationId } from "../../../src/protocol/ids.ts";

/** A change of ours the server has not confirmed. */
export type Edit = Partial<Pick<Conversation, "title" | "pinned" | "model">>;

/** The conversations of the sidebar, as far as they are loaded. */
export interface ConversationList {
  readonly phase: "loading" | "ready" | "failed";
  /** All down to `depth`; of what is older only some: pinned ones, and what has just changed. */
  readonly items: ReadonlyMap<ConversationId, Conversation>;
  /** The one that is open, which may be too old to be among them. */
  readonly opened: Conversation | undefined;
  /** Asks for the page below `depth`; absent at the end. */
  readonly next: string | undefined;
  /** The `updatedAt` of the last item of the oldest page. */
  readonly depth: string | undefined;
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
  depth: undefined,
  edits: new Map(),
  leaving: new Set(),
};

/** What happened to single conversations while a page was on its way: it is newer than the page. */
export type Since = ReadonlyMap<ConversationId, Conversation | "deleted">;

interface ListPage {
  readonly items: readonly Conversation[];
  readonly next: string | undefined;
}

/** Folds one event of the user's log. `conversations.changed` is for whoever fetches. */
export function foldUserEvent(list: ConversationList, event: UserEvent): ConversationList {
  switch (event.type) {
    case "conversation.created":
    case "conversation.updated":
      return upsert(list, event.conversation);
    case "conversation.deleted":
      return without(list, event.conversationId);
    case "conversations.changed":
    case "models.changed":
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

/**
 * Takes a page that begins below `newest` (an `updatedAt`; absent: at the top). In the page's range
 * it replaces what is known; what is older than its last item stays as it was.
 */
export function foldPage(
  list: ConversationList,
  page: ListPage,
  newest: string | undefined,
  since: Since,
): ConversationList {
  const oldest = page.next === undefined ? "" : (page.items.at(-1)?.updatedAt ?? newest ?? "");
  const items = new Map<ConversationId, Conversation>();
  for (const [id, item] of list.items) {
    const above = newest !== undefined && item.updatedAt >= newest;
    if (above || item.updatedAt < oldest) items.set(id, item);
  }
  for (const item of page.items) items.set(item.id, item);
  const deeper = list.depth !== undefined && list.depth < oldest;
  const reached = deeper ? {} : { next: page.next, depth: oldest };
  return { ...list, ...reached, phase: "ready", items: newer(items, since) };
}

/** Takes all pinned conversations, however old: no other is pinned. */
export function foldPinned(
  list: ConversationList,
  pinned: readonly Conversation[],
  since: Since,
): ConversationList {
  const items = new Map(list.items);
  for (const [id, item] of items) if (item.pinned) items.set(id, { ...item, pinned: false });
  for (const item of pinned) items.set(item.id, item);
  return { ...list, items: newer(items, since) };
}

function newer(items: Map<ConversationId, Conversation>, since: Since) {
  for (const [id, change] of since) {
    if (change === "deleted") items.delete(id);
    else items.set(id, change);
  }
  return items;
}

/** Shows a change before the server has it. */
export function foldEdit(list: ConversationList, id: ConversationId, edit: Edit): ConversationList {
  return { ...list, edits: new Map(list.edits).set(id, { ...list.edits.get(id), ...edit }) };
}

/** Shows the server's own again, but for what was changed once more meanwhile. */
export function settleEdit(
  list: ConversationList,
  id: ConversationId,
  edit: Edit,
): ConversationList {
  const settled = new Map<string, unknown>(Object.entries(edit));
  const open = Object.entries(list.edits.get(id) ?? {}).filter(
    ([name, value]) => !settled.has(name) || settled.get(name) !== value,
  );
  const edits = new Map(list.edits);
  if (open.length > 0) edits.set(id, Object.fromEntries(open));
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
