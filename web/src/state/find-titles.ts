import type { Conversation } from "../../../src/protocol/conversation.ts";
import type { SearchItem } from "../../../src/protocol/search.ts";
import { type ConversationList, conversationOf } from "./conversation-list.ts";
import { foldText, termsOf } from "./fold-text.ts";

const folded = new WeakMap<Conversation, string>();

/** Of what is loaded, the conversations whose title has every word of the query, newest first. */
export function findTitles(list: ConversationList, query: string, most: number): Conversation[] {
  const terms = termsOf(query);
  if (terms.length === 0) return [];
  const found: Conversation[] = [];
  for (const id of list.items.keys()) {
    const conversation = conversationOf(list, id);
    if (!conversation || list.leaving.has(id)) continue;
    const title = folded.get(conversation) ?? foldText(conversation.title);
    folded.set(conversation, title);
    if (terms.every((term) => title.includes(term))) found.push(conversation);
  }
  return found.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, most);
}

/** A conversation whose title was found. */
export type FoundTitle = Pick<Conversation, "id" | "title">;

/** Titles found here and by the server, each once; the server knows what is not loaded. */
export function mergeTitles(
  here: readonly Conversation[],
  items: readonly SearchItem[],
  list: ConversationList,
): readonly FoundTitle[] {
  const known = new Set(here.map(({ id }) => id));
  const more = items.filter(
    ({ message, conversation: { id } }) =>
      !message && !list.items.has(id) && !list.leaving.has(id) && !known.has(id) && known.add(id),
  );
  return [...here, ...more.map(({ conversation }) => conversation)];
}
