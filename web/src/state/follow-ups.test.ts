import { expect, test } from "vitest";
import { MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import {
  type ConversationState,
  emptyConversation,
  type LiveGeneration,
} from "./conversation-state.ts";
import { selectPath } from "./conversation-tree.ts";
import { createFollowUps, mustWait } from "./follow-ups.ts";
import type { OutboxEntry } from "./outbox.ts";
import { createStore } from "./store.ts";

const idOf = (number: number) =>
  MessageId.parse(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`);
const RUNNING: LiveGeneration = {
  text: { fence: 1, text: "", reasoning: "" },
  status: "running",
  position: undefined,
  continued: 0,
};

function message(number: number, role: Message["role"], status: Message["status"]): Message {
  const parentId = number === 1 ? null : idOf(number - 1);
  const createdAt = new Date(number).toISOString();
  return { id: idOf(number), parentId, role, content: "", createdAt, status, metadata: {} };
}

/** A question whose answer runs, and what was written meanwhile. */
function setUp() {
  const asked = [message(1, "user", "done"), message(2, "assistant", "streaming")];
  const current = createStore<ConversationState>({
    ...emptyConversation("ready"),
    messages: new Map(asked.map((item) => [item.id, item])),
    live: new Map([[idOf(2), RUNNING]]),
  });
  const sent: unknown[] = [];
  const followUps = createFollowUps(
    { current, update: (_key, change) => current.set(change(current.get())) },
    { release: (id, place) => sent.push([id, place]), reword: () => {}, remove: () => {} },
    () => "open",
  );
  current.subscribe(() => followUps.settle());
  const write = (number: number) => {
    const what = { kind: "message", content: "", under: null } as const;
    const entry: OutboxEntry = {
      ...{ id: idOf(number), conversationId: undefined, draftId: "open", userId: undefined },
      ...{ createdAt: new Date(number).toISOString(), model: undefined, held: true, what },
    };
    followUps.show("open", entry);
  };
  const end = (status: Message["status"]) => {
    const messages = new Map(current.get().messages).set(idOf(2), message(2, "assistant", status));
    current.set({ ...current.get(), messages, live: new Map() });
  };
  return { current, followUps, sent, write, end };
}

test("what is written while an answer grows waits at the path's end", () => {
  const { current, sent, write } = setUp();
  expect(mustWait(selectPath(current.get()), current.get().live)).toBe(true);
  write(3);
  expect(selectPath(current.get()).map(({ message: { id } }) => id)).toEqual([1, 2, 3].map(idOf));
  expect(sent).toEqual([]);
});

test("the end of the answer sends the first that waits, below it, and no other", () => {
  const { current, sent, write, end } = setUp();
  write(3);
  write(4);
  end("done");
  expect(sent).toEqual([[idOf(3), { parentId: idOf(2), under: idOf(2) }]]);
  expect(current.get().queued.map(({ messageId }) => messageId)).toEqual([idOf(4)]);
});

test("below a failed answer nothing is sent without a word", () => {
  const { current, followUps, sent, write, end } = setUp();
  write(3);
  end("failed");
  expect(sent).toEqual([]);
  expect(current.get().queued[0]?.queued).toBe("failed");
  followUps.sendNow();
  expect(sent).toHaveLength(1);
});

test("a stopped answer sends nothing either, until it is asked to or goes on to its end", () => {
  const { current, followUps, sent, write, end } = setUp();
  write(3);
  write(4);
  end("stopped");
  expect(sent).toEqual([]);
  expect(current.get().queued.map(({ queued }) => queued)).toEqual(["stopped", "waiting"]);
  const goesOn = new Map(current.get().messages).set(idOf(2), message(2, "assistant", "streaming"));
  current.set({ ...current.get(), messages: goesOn, live: new Map([[idOf(2), RUNNING]]) });
  expect(current.get().queued[0]?.queued).toBe("waiting");
  end("stopped");
  followUps.sendNow();
  expect(sent).toEqual([[idOf(3), { parentId: idOf(2), under: idOf(2) }]]);
});

test("what is reworded is sent when that is done", () => {
  const { followUps, sent, write, end } = setUp();
  write(3);
  followUps.rewording(idOf(3), true);
  end("done");
  expect(sent).toEqual([]);
  followUps.rewording(idOf(3), false);
  expect(sent).toHaveLength(1);
});

test("who leaves hands everything to the server, each below the one before", () => {
  const { followUps, sent, write } = setUp();
  write(3);
  write(4);
  followUps.handOver();
  expect(sent).toEqual([
    [idOf(3), { parentId: idOf(2), under: idOf(2) }],
    [idOf(4), { parentId: undefined, under: idOf(3) }],
  ]);
});
