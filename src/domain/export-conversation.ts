import type { Conversation } from "../protocol/conversation.ts";
import { EXPORT_FORMAT, EXPORT_VERSION, type ExportedMessage } from "../protocol/export.ts";
import type { ConversationId, MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import type { MessageHistory } from "./ports/store.ts";

type History = Pick<MessageHistory, "inOrder" | "get" | "page" | "ancestors">;

/** A conversation as an `ExportedConversation`, in pieces of JSON; one message each line. */
export async function* exportJson(
  history: History,
  { id, title, createdAt, model, systemPrompt, parameters }: Conversation,
): AsyncGenerator<string> {
  const head = {
    format: EXPORT_FORMAT,
    version: EXPORT_VERSION,
    title,
    createdAt,
    model,
    systemPrompt,
    parameters,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"messages":[`;
  let separator = "\n";
  for await (const message of exportedMessages(history, id)) {
    yield `${separator}${JSON.stringify(message)}`;
    separator = ",\n";
  }
  yield "\n]}\n";
}

async function* exportedMessages(
  history: History,
  id: ConversationId,
): AsyncGenerator<ExportedMessage> {
  /** Numbers are given at the first mention: a question may stand before the answer it follows. */
  const numbers = new Map<MessageId, number>();
  const numberOf = (one: MessageId) => {
    const number = numbers.get(one) ?? numbers.size + 1;
    numbers.set(one, number);
    return number;
  };
  const written = new Set<MessageId>();
  const write = (message: Message) => {
    written.add(message.id);
    return exported(message, numberOf(message.id), message.parentId && numberOf(message.parentId));
  };
  for await (const message of history.inOrder(id)) yield write(message);
  const { items } = await history.page(id, { limit: 1 });
  for (const message of items) {
    if (message.status === "streaming" && !written.has(message.id)) yield write(message);
  }
  // An answer that a question follows, and that was neither stored nor running when it was its turn.
  for (let missing = true; missing; ) {
    missing = false;
    for (const one of numbers.keys()) {
      const message = written.has(one) ? undefined : await history.get(id, one);
      if (message === undefined) continue;
      missing = true;
      yield write(message);
    }
  }
}

function exported(message: Message, id: number, parentId: number | null): ExportedMessage {
  const { role, content, reasoning, createdAt, status, metadata, feedback } = message;
  return {
    id,
    parentId,
    role,
    content,
    ...(reasoning !== undefined && { reasoning }),
    createdAt,
    status: status === "streaming" ? "stopped" : status,
    metadata,
    ...(feedback && { feedback }),
  };
}

/** The path from a root to `end` as Markdown, in pieces. */
export async function* exportMarkdown(
  history: History,
  { id, title, systemPrompt }: Conversation,
  end: MessageId | null,
): AsyncGenerator<string> {
  yield `# ${title.replaceAll(/\s+/g, " ").trim() || "Conversation"}\n`;
  if (systemPrompt !== undefined) yield `\n## System prompt\n\n${systemPrompt.trim()}\n`;
  /** Ids from the end to the root. */
  const path: MessageId[] = [];
  if (end !== null) for await (const one of history.ancestors(id, end)) path.push(one.id);
  /** A question may stand before the answer it follows. */
  const early = new Map<MessageId, Message>();
  const wanted = new Set(path);
  let next = path.pop();
  for await (const message of history.inOrder(id)) {
    if (!wanted.has(message.id)) continue;
    early.set(message.id, message);
    for (let turn = next && early.get(next); turn; turn = next && early.get(next)) {
      early.delete(turn.id);
      yield markdownOf(turn);
      next = path.pop();
    }
    if (next === undefined) return;
  }
}

const SPEAKERS = { user: "You", assistant: "Assistant", system: "System" } as const;

function markdownOf({ role, content, status }: Message): string {
  const note = status === "stopped" ? "\n\n*Stopped.*" : status === "failed" ? "\n\n*Failed.*" : "";
  return `\n## ${SPEAKERS[role]}\n\n${content.trim()}${note}\n`;
}
