import { createClient } from "redis";
import { createKeys } from "../src/persistence/keys.ts";
import { encodeMessage } from "../src/persistence/message-codec.ts";
import { ConversationId, MessageId } from "../src/protocol/ids.ts";
import { callApi } from "./call-api.ts";

const keys = createKeys(1);
const AT_ONCE = 1_000;

/** A client of the bench's own, to be disconnected by who asked. */
export async function connectStore(url: string) {
  const client = createClient({ url });
  await client.connect();
  return client;
}
export type StoreClient = Awaited<ReturnType<typeof connectStore>>;

/** The names of all keys of a conversation. */
export function keysOf(id: string) {
  return keys.of(ConversationId.parse(id));
}

/** What a conversation is to be called, and what its messages say, by their position. */
export interface SeedOptions {
  readonly title?: string;
  readonly content?: (position: number) => string;
}

/** A conversation of `user` with so many messages in one line, question and answer in turn. */
export async function seedConversation(
  store: StoreClient,
  url: string,
  user: string,
  count: number,
  { title = "bench", content = (position) => `message ${position}` }: SeedOptions = {},
): Promise<string> {
  const fields = { title, parameters: { maxTokens: 131_072 } };
  const { id } = (await callApi(url, user, "POST", "/api/conversations", fields)) as { id: string };
  const { messages, sent } = keysOf(id);
  let parentId: MessageId | null = null;
  for (let first = 0; first < count; first += AT_ONCE) {
    const stored: string[] = [];
    const positions: string[] = [];
    for (let position = first; position < Math.min(count, first + AT_ONCE); position += 1) {
      const messageId: MessageId = MessageId.parse(crypto.randomUUID());
      stored.push(
        encodeMessage({
          id: messageId,
          parentId,
          role: position % 2 === 0 ? "user" : "assistant",
          content: content(position),
          createdAt: "2026-01-01T00:00:00.000Z",
          status: "done",
          metadata: {},
        }),
      );
      positions.push(`m:${messageId}`, JSON.stringify({ position, generationId: messageId }));
      parentId = messageId;
    }
    await store.lPush(messages, stored);
    await store.hSet(sent, positions);
  }
  if (parentId !== null) await store.hSet(sent, "newest", parentId);
  return id;
}
