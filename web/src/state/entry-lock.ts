import type { MessageId } from "../../../src/protocol/ids.ts";

/**
 * Claims an outbox entry for this tab until released, or for as long as the tab lives; `undefined`
 * where another tab has it. Without the Web Locks API (no TLS) every tab claims it: a second
 * sending of a message is harmless, only a new chat begun and reloaded there may be made twice.
 */
export async function holdEntry(id: MessageId): Promise<(() => void) | undefined> {
  if (!navigator.locks) return () => undefined;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<boolean>();
  navigator.locks
    .request(`chatbot:outbox:${id}`, { ifAvailable: true }, (lock) => {
      answer(lock !== null);
      return lock ? held : undefined;
    })
    .catch(() => answer(true));
  return (await answered) ? release : undefined;
}
