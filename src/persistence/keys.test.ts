import { expect, test } from "vitest";
import { ConversationId, UserId } from "../protocol/ids.ts";
import { createKeys } from "./keys.ts";

const id = ConversationId.parse("3b241101-e2bb-4255-8caf-4136c566a962");

test("names keys as the documents say", () => {
  const keys = createKeys(1);
  expect(keys.of(id)).toMatchObject({
    conversation: `chatbot:conversation:{0}:${id}`,
    messages: `chatbot:messages:{0}:${id}`,
    events: `chatbot:events:{0}:${id}`,
    live: `chatbot:live:{0}:${id}`,
    queue: "chatbot:queue:{0}",
  });
});

test("puts all keys of a conversation into one slot, and conversations into all partitions", () => {
  const keys = createKeys(16);
  const seen = new Set<string>();
  for (let i = 0; i < 500; i += 1) {
    const all = Object.values(keys.of(ConversationId.parse(crypto.randomUUID())));
    const tags = new Set(all.map((key: string) => /\{(\d+)\}/.exec(key)?.[1]));
    expect(tags.size).toBe(1);
    for (const tag of tags) seen.add(tag ?? "");
  }
  expect(seen.size).toBe(16);
});

test("takes the partition from the CRC-16 that Redis Cluster uses", () => {
  // What `CLUSTER KEYSLOT` says of this id; modulo 16 it is the CRC's own remainder.
  const [, partition] = /\{(\d+)\}/.exec(createKeys(16).of(id).queue) ?? [];
  expect(Number(partition)).toBe(2528 % 16);
});

test("keeps a user id from moving its slot", () => {
  const keys = createKeys(1);
  expect(keys.userConversations(UserId.parse("a}b{c"))).toBe(
    "chatbot:user:{a%7Db%7Bc}:conversations",
  );
});
