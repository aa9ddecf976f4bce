import type { Conversation } from "../../../src/protocol/conversation.ts";
import { formatMonth } from "../i18n/format.ts";
import { type Words, words } from "../i18n/words.ts";
import { type ConversationList, conversationOf } from "./conversation-list.ts";

/** Conversations under one heading, newest first. */
export interface ConversationGroup {
  readonly label: string;
  readonly items: readonly Conversation[];
}

type Groups = readonly ConversationGroup[];

/** The sidebar's headings: pinned first, then by the day of the last change in the reader's zone. */
export function groupConversations(list: ConversationList, now: Date): Groups {
  const items = [...list.items.keys()]
    .flatMap((id) => conversationOf(list, id) ?? [])
    .sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : a.updatedAt > b.updatedAt ? -1 : 0));
  const groups = new Map<string, Conversation[]>();
  const add = (label: string, item: Conversation) => {
    const group = groups.get(label);
    if (group) group.push(item);
    else groups.set(label, [item]);
  };
  const { pinned } = words().sidebar;
  for (const item of items) if (item.pinned) add(pinned, item);
  const label = labelBefore(now);
  for (const item of items) if (!item.pinned) add(label(Date.parse(item.updatedAt)), item);
  return [...groups].map(([title, grouped]) => ({ label: title, items: grouped }));
}

/** `groupConversations`, remembered while the list, the day and the language stay. */
export function rememberGroups(): (list: ConversationList, now: Date) => Groups {
  let last: { items: unknown; edits: unknown; day: string; words: Words } | undefined;
  let groups: Groups = [];
  return (list, now) => {
    const key = { items: list.items, edits: list.edits, day: now.toDateString(), words: words() };
    const same =
      last?.items === key.items &&
      last.edits === key.edits &&
      last.day === key.day &&
      last.words === key.words;
    if (!same) groups = groupConversations(list, now);
    last = key;
    return groups;
  };
}

/** Names the days before `now`; to be asked newest first, so that each month is named once. */
function labelBefore(now: Date): (at: number) => string {
  const midnight = (days: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).getTime();
  const [today, yesterday, week] = [midnight(0), midnight(1), midnight(7)];
  const { sidebar } = words();
  let month = { from: Number.POSITIVE_INFINITY, label: "" };
  return (at) => {
    if (at >= today) return sidebar.today;
    if (at >= yesterday) return sidebar.yesterday;
    if (at >= week) return sidebar.previous7Days;
    if (at < month.from) {
      const date = new Date(at);
      const from = new Date(date.getFullYear(), date.getMonth(), 1).getTime();
      month = { from, label: formatMonth(date, now) };
    }
    return month.label;
  };
}
