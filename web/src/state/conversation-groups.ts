import type { Conversation } from "../../../src/protocol/conversation.ts";
import { type ConversationList, conversationOf } from "./conversation-list.ts";

/** Conversations under one heading, newest first. */
export interface ConversationGroup {
  readonly label: string;
  readonly items: readonly Conversation[];
}

const DAY_MS = 86_400_000;

/** The sidebar's headings: pinned first, then by the day of the last change in the reader's zone. */
export function groupConversations(list: ConversationList, now: Date): ConversationGroup[] {
  const items = [...list.items.keys()]
    .flatMap((id) => conversationOf(list, id) ?? [])
    .sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : a.updatedAt > b.updatedAt ? -1 : 0));
  const groups = new Map<string, Conversation[]>();
  const add = (label: string, item: Conversation) => {
    const group = groups.get(label);
    if (group) group.push(item);
    else groups.set(label, [item]);
  };
  for (const item of items) if (item.pinned) add("Pinned", item);
  for (const item of items) if (!item.pinned) add(dayLabel(new Date(item.updatedAt), now), item);
  return [...groups].map(([label, grouped]) => ({ label, items: grouped }));
}

function dayLabel(date: Date, now: Date): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const at = date.getTime();
  if (at >= midnight) return "Today";
  if (at >= midnight - DAY_MS) return "Yesterday";
  if (at >= midnight - 7 * DAY_MS) return "Previous 7 days";
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat("en", { month: "long", year }).format(date);
}
