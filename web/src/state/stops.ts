import type { ChatEvent } from "../../../src/protocol/events.ts";
import type { ClientFrame } from "../../../src/protocol/frames.ts";
import type { ConversationId, GenerationId } from "../../../src/protocol/ids.ts";
import { createStore } from "./store.ts";

/** The answers a reader wants to stop, asked again after every reconnect until they have ended. */
export function createStops(send: (frame: ClientFrame) => boolean) {
  const wanted = createStore<ReadonlyMap<GenerationId, ConversationId>>(new Map());
  const ask = (generationId: GenerationId, conversationId: ConversationId) =>
    send({ type: "stop", conversationId, generationId });
  const forget = (id: GenerationId) => {
    const next = new Map(wanted.get());
    if (next.delete(id)) wanted.set(next);
  };
  return {
    wanted,
    add(conversationId: ConversationId, generationId: GenerationId) {
      wanted.set(new Map(wanted.get()).set(generationId, conversationId));
      ask(generationId, conversationId);
    },
    connected() {
      for (const [generationId, conversationId] of wanted.get()) ask(generationId, conversationId);
    },
    receive(event: ChatEvent) {
      if (
        event.type === "generation.finished" ||
        event.type === "generation.stopped" ||
        event.type === "generation.failed"
      ) {
        forget(event.generationId);
      }
    },
    /** Whether `ref` was a stop; it is not asked again. */
    failed(ref: string | undefined): boolean {
      const id = [...wanted.get().keys()].find((item) => item === ref);
      if (id) forget(id);
      return id !== undefined;
    },
  };
}
