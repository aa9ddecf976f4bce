import type { ConversationKeys } from "./keys.ts";

/** The keys of the scripts that are about all of a conversation, in their order. */
export function allKeys(keys: ConversationKeys): string[] {
  return [
    keys.conversation,
    keys.messages,
    keys.events,
    keys.running,
    keys.sent,
    keys.queue,
    keys.leases,
    keys.clock,
    keys.live,
    keys.work,
    keys.generation,
    keys.deltas,
    keys.held,
    keys.active,
    keys.words,
    keys.share,
  ];
}
