import { type ConversationId, GenerationId, MessageId, type UserId } from "../src/protocol/ids.ts";
import type { Store } from "./store.ts";

export interface TurnTexts {
  readonly question: string;
  readonly answer: string;
  readonly parentId?: MessageId | null;
}

/** Asks, and answers as a worker does. */
export async function endedTurn(
  { turns, queue }: Pick<Store, "turns" | "queue">,
  owner: UserId,
  conversationId: ConversationId,
  { question, answer, parentId }: TurnTexts,
) {
  const messageId = MessageId.parse(crypto.randomUUID());
  const generationId = GenerationId.parse(crypto.randomUUID());
  const asked = { owner, conversationId, messageId, generationId, content: question };
  await turns.submit({ ...asked, ...(parentId !== undefined && { parentId }) });
  const claim = await queue.claim("w");
  if (claim?.generationId !== generationId) throw new Error("another was claimed");
  await queue.append(claim, { entry: 1, at: 0, text: answer, tokens: 1 });
  const finish = async () =>
    await queue.finish(
      claim,
      { text: answer, reasoning: "" },
      {
        status: "done",
        engine: "tgi",
        model: "m",
        finishReason: "stop",
        usage: {},
        timing: {},
        continued: 0,
      },
    );
  await finish();
  return { messageId, generationId, finish };
}
