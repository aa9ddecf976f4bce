import type { MessageId } from "../../../src/protocol/ids.ts";
import { addPending, type PendingMessage, queue } from "./conversation-state.ts";
import type { ConversationStore } from "./conversation-store.ts";
import { type Path, selectPath } from "./conversation-tree.ts";
import type { NewMessage, OutboxEntry } from "./outbox.ts";
import type { Outbox } from "./outbox-store.ts";

/** What was written while an answer grew: it waits in the page, where it can still be changed. */
export interface FollowUps {
  /** Shows a held entry at the end of its conversation. */
  show(key: string, entry: OutboxEntry): void;
  /** The open conversation has changed: sends the first that waits, if its turn has come. */
  settle(): void;
  /** The reader leaves: the server has them all at once, and lets them wait. */
  handOver(): void;
  /** Sends the first although the answer above it failed or was stopped. */
  sendNow(): void;
  /** While the reader rewords one, nothing is sent. */
  rewording(id: MessageId, on: boolean): void;
  reword(id: MessageId, content: string): void;
  remove(id: MessageId): void;
}

/** Where a message belongs that is sent at the end of a path. */
export function placeAfter(path: Path): Pick<NewMessage, "parentId" | "under"> {
  const leaf = path.findLast(({ pending }) => pending?.queued === undefined);
  const settled = leaf && !leaf.pending && leaf.message.role === "assistant";
  return { parentId: settled ? leaf.message.id : undefined, under: leaf?.message.id ?? null };
}

/** `key` is the open conversation's or new chat's. */
export function createFollowUps(
  conversations: Pick<ConversationStore, "current" | "update">,
  outbox: Pick<Outbox, "release" | "reword" | "remove">,
  key: () => string,
): FollowUps {
  const reworded = new Set<MessageId>();
  const state = () => conversations.current.get();

  const release = (item: PendingMessage) => {
    const place = placeAfter(selectPath(state()));
    const sent = { ...item, queued: undefined, under: place.under };
    conversations.update(key(), (now) => addPending(queue(now, item.messageId, undefined), sent));
    outbox.release(item.messageId, place);
  };
  const mark = (item: PendingMessage, queued: PendingMessage["queued"]) => {
    if (item.queued === queued) return;
    conversations.update(key(), (now) => queue(now, item.messageId, { ...item, queued }));
  };

  const settle = () => {
    const { queued, live, phase } = state();
    const [first] = queued;
    if (!first || phase === "loading" || reworded.has(first.messageId)) return;
    const leaf = selectPath({ ...state(), queued: [] }).at(-1);
    const ended = !leaf || (leaf.message.role === "assistant" && !live.has(leaf.message.id));
    if (!ended) return mark(first, "waiting");
    // Who stops an answer wants quiet: the next question is theirs to send, as below a failure.
    const status = leaf?.message.status;
    if (status === "failed" || status === "stopped") return mark(first, status);
    release(first);
  };

  return {
    show(at, { id, createdAt, what }) {
      if (what.kind !== "message") return;
      const { content, under } = what;
      const item = { messageId: id, content, under, createdAt, refusal: undefined };
      conversations.update(at, (now) => queue(now, id, { ...item, queued: "waiting" }));
    },
    settle,
    handOver() {
      reworded.clear();
      for (const item of state().queued) release(item);
    },
    sendNow() {
      const [first] = state().queued;
      if (first) release(first);
    },
    rewording(id, on) {
      if (on) reworded.add(id);
      else reworded.delete(id);
      settle();
    },
    reword(id, content) {
      const item = state().queued.find(({ messageId }) => messageId === id);
      reworded.delete(id);
      if (!item) return;
      outbox.reword(id, content);
      conversations.update(key(), (now) => queue(now, id, { ...item, content }));
    },
    remove(id) {
      reworded.delete(id);
      outbox.remove(id);
      conversations.update(key(), (now) => queue(now, id, undefined));
    },
  };
}

/** Whether what is written now waits: the answer at the path's end grows, or is being asked for. */
export function mustWait(path: Path, live: { has(id: MessageId): boolean }): boolean {
  const leaf = path.at(-1);
  if (!leaf) return false;
  if (leaf.pending) return leaf.pending.refusal === undefined;
  return live.has(leaf.message.id);
}
