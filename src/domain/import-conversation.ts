import type { Conversation } from "../protocol/conversation.ts";
import type { ExportedConversation, ExportedMessage } from "../protocol/export.ts";
import { ConversationId, MessageId, type UserId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import { createBreather } from "./breather.ts";
import { ChatError, refusalOf } from "./errors.ts";
import type { Catalogue } from "./ports/model.ts";
import type { SearchIndex } from "./ports/search.ts";
import type { ConversationStore, MessageImport } from "./ports/store.ts";

/** What one message costs here, in characters looked at. */
const COST = 1_000;

/** @throws ChatError `invalid` for a file whose messages are no tree, `unavailable`. */
export type ImportConversation = (
  owner: UserId,
  file: ExportedConversation,
) => Promise<Conversation>;

/**
 * Makes a conversation of a file, under ids of its own: it appears once all of it is there. A model
 * that this deployment does not have is left out.
 */
export function createImportConversation(deps: {
  readonly conversations: Pick<ConversationStore, "create">;
  readonly imports: MessageImport;
  readonly searchIndex: SearchIndex;
  readonly catalogue: Catalogue;
}): ImportConversation {
  const { conversations, imports, searchIndex, catalogue } = deps;
  return async (owner, { title, createdAt, model, systemPrompt, parameters, messages }) => {
    const known = model !== undefined && refusalOf(() => catalogue.pick(model)) === undefined;
    const id = ConversationId.parse(crypto.randomUUID());
    const tree = await messagesOf(messages);
    const fields = { id, title, systemPrompt, parameters, ...(known && { model }) };
    try {
      await imports.write(id, tree);
      const made = await conversations.create(owner, fields, { createdAt: utc(createdAt) });
      // Found at once, however long it is; without its filters a search reads the newest itself.
      await searchIndex.index(id).catch(() => undefined);
      return made;
    } catch (error) {
      // What is left in a store that is away expires.
      await imports.discard(id).catch(() => undefined);
      throw error;
    }
  };
}

/** The messages under new ids. @throws ChatError `invalid`. */
async function messagesOf(exported: readonly ExportedMessage[]): Promise<Message[]> {
  const ids = new Map<number, MessageId>();
  for (const { id } of exported) {
    if (ids.has(id)) throw new ChatError("invalid", `Two messages have the id ${id}.`);
    ids.set(id, MessageId.parse(crypto.randomUUID()));
  }
  checkTree(exported);
  const breathe = createBreather();
  const messages: Message[] = [];
  for (const { id, parentId, createdAt, feedback, ...message } of exported) {
    const newId = ids.get(id);
    const parent = parentId === null ? null : ids.get(parentId);
    if (newId === undefined || parent === undefined) {
      throw new ChatError("invalid", `The message ${id} follows one that is not there.`);
    }
    const { reasoning, ...rest } = message;
    messages.push({
      ...rest,
      id: newId,
      parentId: parent,
      createdAt: utc(createdAt),
      ...(reasoning && { reasoning }),
      ...(feedback && {
        feedback: { rating: feedback.rating, ...(feedback.note && { note: feedback.note }) },
      }),
    });
    await breathe(COST);
  }
  return messages;
}

/** Each message leads back to a root. @throws ChatError `invalid`. */
function checkTree(exported: readonly ExportedMessage[]): void {
  const parents = new Map(exported.map(({ id, parentId }) => [id, parentId]));
  const good = new Set<number>();
  for (const { id } of exported) {
    const seen = new Set<number>();
    let at: number | null | undefined = id;
    while (typeof at === "number" && !good.has(at)) {
      if (seen.has(at)) throw new ChatError("invalid", `The message ${at} follows itself.`);
      seen.add(at);
      at = parents.get(at);
    }
    for (const one of seen) good.add(one);
  }
}

/** As all times of ours are written: in UTC, with milliseconds. */
function utc(time: string): string {
  return new Date(time).toISOString();
}
