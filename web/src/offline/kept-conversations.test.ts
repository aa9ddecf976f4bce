import { expect, test } from "vitest";
import type { Conversation } from "../../../src/protocol/conversation.ts";
import { ConversationId, MessageId } from "../../../src/protocol/ids.ts";
import type { Message } from "../../../src/protocol/message.ts";
import { Session } from "../../../src/protocol/session.ts";
import { type CopyStore, createKeptConversations, LIMITS } from "./kept-conversations.ts";

const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
const AT = "2026-11-21T06:00:00.000Z";

function conversation(number: number): Conversation {
  const id = ConversationId.parse(uuid(number));
  const times = { createdAt: AT, updatedAt: AT };
  return { id, title: `No. ${number}`, ...times, pinned: false, generating: false };
}

function message(number: number, content: string): Message {
  const id = MessageId.parse(uuid(number));
  const rest = { createdAt: AT, status: "done", metadata: {} } as const;
  return { id, parentId: null, role: "user", content, ...rest };
}

function setUp() {
  const map = new Map<string, unknown>();
  const store: CopyStore = {
    get: async (key) => structuredClone(map.get(key)),
    set: async (key, value) => void map.set(key, structuredClone(value)),
    del: async (key) => void map.delete(key),
    keys: async () => [...map.keys()],
    clear: async () => map.clear(),
  };
  return { map, kept: createKeptConversations(store) };
}

test("a copy is found by its reader, and by nobody else", async () => {
  const { kept } = setUp();
  const copy = { conversation: conversation(1), messages: [message(1, "hello")], at: AT };
  await kept.keep("alice", copy);
  expect(await kept.copy("alice", copy.conversation.id)).toEqual(copy);
  expect(await kept.copy("bob", copy.conversation.id)).toBeUndefined();
  expect(await kept.list("bob")).toEqual([]);
});

test("of too many the ones read longest ago go, with their texts", async () => {
  const { kept, map } = setUp();
  const most = LIMITS.conversations;
  await Promise.all(
    Array.from({ length: most + 3 }, (_, index) =>
      kept.keep("alice", {
        conversation: conversation(index),
        messages: [message(1, "x")],
        at: AT,
      }),
    ),
  );
  const list = await kept.list("alice");
  expect(list).toHaveLength(most);
  expect(list[0]?.title).toBe(`No. ${most + 2}`);
  expect(map.size).toBe(most + 1);
});

test("of a long conversation the newest messages are kept", async () => {
  const { kept } = setUp();
  const long = "x".repeat(LIMITS.unitsOfOne / 2);
  const messages = [message(1, long), message(2, long), message(3, "end")];
  await kept.keep("alice", { conversation: conversation(1), messages, at: AT });
  const copy = await kept.copy("alice", conversation(1).id);
  expect(copy?.messages.map(({ id }) => id)).toEqual([uuid(2), uuid(3)]);
});

test("what is forgotten, or cleared, leaves nothing", async () => {
  const { kept, map } = setUp();
  const copy = { messages: [message(1, "hello")], at: AT };
  await kept.keep("alice", { ...copy, conversation: conversation(1) });
  await kept.keep("alice", { ...copy, conversation: conversation(2) });
  await kept.forget("alice", conversation(1).id);
  expect(await kept.copy("alice", conversation(1).id)).toBeUndefined();
  await kept.clear();
  expect(map.size).toBe(0);
});

test("who signs in leaves nothing of anyone else on the device", async () => {
  const { map, kept } = setUp();
  await kept.keep("alice", {
    conversation: conversation(1),
    messages: [message(1, "hers")],
    at: AT,
  });
  await kept.keep("bob", { conversation: conversation(2), messages: [message(2, "his")], at: AT });
  const user = { id: "bob", groups: [] };
  await kept.keepSession(Session.parse({ user, features: {}, limits: {}, models: [] }));
  expect((await kept.session("bob"))?.user).toEqual(user);
  expect([...map.keys()].every((key) => key.includes("bob"))).toBe(true);
  expect(await kept.list("alice")).toEqual([]);
  expect(await kept.list("bob")).toEqual([conversation(2)]);
});
