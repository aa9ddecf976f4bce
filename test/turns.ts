import type { Claim } from "../src/domain/ports/turn.ts";
import type { ConversationId, UserId } from "../src/protocol/ids.ts";
import { GenerationId, LOG_START, MessageId } from "../src/protocol/ids.ts";
import type { Outcome } from "../src/protocol/outcome.ts";
import type { Store } from "./store.ts";

/** The end of a whole answer. */
export const done: Outcome = {
  status: "done",
  engine: "tgi",
  model: "m",
  finishReason: "stop",
  usage: { completionTokens: 2 },
  timing: {},
  continued: 0,
};

/** An id that a client makes. */
export const newMessageId = () => MessageId.parse(crypto.randomUUID());
/** An id that a pod makes. */
export const newGenerationId = () => GenerationId.parse(crypto.randomUUID());

/** Puts a question. */
export async function ask(
  store: Store,
  owner: UserId,
  conversationId: ConversationId,
  content = "Why is the sky blue?",
  parentId?: MessageId | null,
) {
  return await store.turns.submit({
    owner,
    conversationId,
    content,
    parentId,
    messageId: newMessageId(),
    generationId: newGenerationId(),
  });
}

/** What the worker `w1` gets. */
export async function claimed(store: Store): Promise<Claim> {
  const claim = await store.queue.claim("w1");
  if (claim === undefined) throw new Error("nothing was queued");
  return claim;
}

/** Claims, writes and ends an answer. */
export async function answer(store: Store, text: string): Promise<Claim> {
  const claim = await claimed(store);
  await store.queue.append(claim, { entry: 1, at: 0, text, tokens: 1 });
  await store.queue.finish(claim, { text, reasoning: "" }, done);
  return claim;
}

/** The types of all events of a conversation, in order. */
export async function eventTypes(store: Store, id: ConversationId): Promise<string[]> {
  const events = await store.events.read(id, LOG_START, 1_000);
  return (events ?? []).map(({ event }) => event.type);
}
