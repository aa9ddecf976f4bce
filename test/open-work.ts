import { onTestFinished } from "vitest";
import type { ConversationId, UserId } from "../src/protocol/ids.ts";
import { GenerationId, MessageId } from "../src/protocol/ids.ts";
import { startWorker, type Worker } from "../src/worker/worker.ts";
import { catalogueOf, createScriptedModel } from "./scripted-model.ts";
import { openStore, type Store, someone } from "./store.ts";

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A conversation in a real store, a model under the test's hand, and any number of workers. */
export async function openWork(leaseMs = 5_000) {
  const store = await openStore({ leaseMs });
  const model = createScriptedModel();
  const owner = someone();
  const { id } = await store.conversations.create(owner, { title: "named" });
  const start = (name = "w1"): Worker => {
    const worker = startWorker(
      {
        queue: store.queue,
        conversations: store.conversations,
        history: store.messages,
        catalogue: catalogueOf(model),
        searchIndex: store.searchIndex,
      },
      { concurrency: 4, leaseMs, name, log: quiet },
    );
    onTestFinished(() => worker.drain());
    return worker;
  };
  return { store, model, owner, id, start };
}

/** Asks as a client does. */
export async function submit(
  store: Store,
  owner: UserId,
  conversationId: ConversationId,
  content = "Hi?",
) {
  return await store.turns.submit({
    owner,
    conversationId,
    content,
    messageId: MessageId.parse(crypto.randomUUID()),
    generationId: GenerationId.parse(crypto.randomUUID()),
  });
}
