import type { Conversation } from "../protocol/conversation.ts";
import type { ConversationId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import type { Catalogue } from "./ports/model.ts";
import type { ConversationStore, MessageHistory } from "./ports/store.ts";

/** The longest title made here, in UTF-16 units. */
const TITLE_LENGTH = 60;
/** How much of each message the model is shown, in UTF-16 units. */
const EXCERPT_LENGTH = 1_000;
/** A conversation longer than this is titled from its newest messages. */
const FIRST_MESSAGES = 20;
/** Engines that are no models: asked for a title they would only repeat the question. */
const WITHOUT_JUDGEMENT: ReadonlySet<string> = new Set(["echo", "rules"]);

export interface MakeTitleDeps {
  readonly conversations: ConversationStore;
  readonly history: MessageHistory;
  readonly catalogue: Catalogue;
}

/**
 * Gives a conversation without a title one, made by its model from the first exchange. Where the
 * model has none to offer, the question's first words serve. A title that is there stays.
 */
export async function makeTitle(
  { conversations, history, catalogue }: MakeTitleDeps,
  { id, model: modelId }: Pick<Conversation, "id" | "model">,
  signal: AbortSignal,
): Promise<void> {
  const messages = await firstMessages(history, id);
  const question = messages.find(({ role }) => role === "user");
  const answer = messages.find(({ parentId }) => parentId === question?.id);
  if (question === undefined) return;
  const made = await ask(catalogue, modelId, question, answer, signal);
  await conversations.suggestTitle(id, made || firstWords(question.content));
}

async function firstMessages(
  history: MessageHistory,
  id: ConversationId,
): Promise<readonly Message[]> {
  if ((await history.count(id)) <= FIRST_MESSAGES) return await history.all(id);
  return (await history.page(id, { limit: FIRST_MESSAGES })).items;
}

async function ask(
  catalogue: Catalogue,
  modelId: string | undefined,
  question: Message,
  answer: Message | undefined,
  signal: AbortSignal,
): Promise<string> {
  try {
    const model = catalogue.pick(answer?.metadata.model ?? modelId);
    if (WITHOUT_JUDGEMENT.has(model.engine)) return "";
    const content = [
      "Write a title for this conversation: at most six words, in the language of the question.",
      "Answer with the title alone, without quotation marks.",
      `Question: ${question.content.slice(0, EXCERPT_LENGTH)}`,
      `Answer: ${(answer?.content ?? "").slice(0, EXCERPT_LENGTH)}`,
    ].join("\n\n");
    let title = "";
    const request = {
      messages: [{ role: "user", content }],
      parameters: { maxTokens: 256, temperature: 0.2 },
    } as const;
    for await (const piece of model.generate(request, signal)) {
      if (piece.type === "restart") title = "";
      if (piece.type === "text") title += piece.text;
    }
    return clean(title);
  } catch {
    signal.throwIfAborted();
    // A title is a courtesy: whatever keeps the model from giving one, the first words serve.
    return "";
  }
}

/** One line, without the quotation marks, labels and full stops that models add. */
function clean(answer: string): string {
  const line = answer.trim().split("\n", 1)[0] ?? "";
  const bare = line
    .replace(/^(title|titel|标题)\s*[:：]\s*/i, "")
    .replace(/^[\s"'“”„«»*#`]+|[\s"'“”„«»*`.。]+$/g, "")
    .toWellFormed()
    .replaceAll("\u0000", "");
  return shorten(bare);
}

function firstWords(question: string): string {
  return shorten(question.trim().replace(/\s+/g, " "));
}

/** Cuts at a word where there is one, else at a character. */
function shorten(text: string): string {
  if (text.length <= TITLE_LENGTH) return text;
  const cut = text.slice(0, TITLE_LENGTH);
  const space = cut.lastIndexOf(" ");
  return `${(space > TITLE_LENGTH / 2 ? cut.slice(0, space) : cut).toWellFormed().replace(/\ufffd$/, "")}…`;
}
