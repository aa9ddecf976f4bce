import type { MessageImport } from "../domain/ports/store.ts";
import type { MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import type { Keys } from "./keys.ts";
import { encodeMessage } from "./message-codec.ts";
import type { Redis } from "./redis.ts";

/** Until when what was written must have become a conversation, in seconds. */
const UNFINISHED_SECONDS = 3_600;
/** What one call of the script may write: few milliseconds of Redis' time. */
const MAX_MESSAGES = 200;
const MAX_LENGTH = 524_288;

/** Messages of a file, in calls that others can go between; they expire if nothing follows. */
export function createRedisImport(redis: Redis, keys: Keys): MessageImport {
  return {
    async write(id, messages) {
      const k = keys.of(id);
      const answers = answersOf(messages);
      const newest = messages.at(-1)?.id ?? "";
      let args: string[] = [];
      let length = 0;
      const flush = async () => {
        if (args.length === 0) return;
        await redis.script("import", [k.messages, k.sent], [UNFINISHED_SECONDS, newest, ...args]);
        args = [];
        length = 0;
      };
      for (const [position, message] of messages.entries()) {
        const record = encodeMessage(message);
        if (args.length >= 3 * MAX_MESSAGES || length + record.length > MAX_LENGTH) await flush();
        args.push(record, `m:${message.id}`, JSON.stringify(sentOf(message, position, answers)));
        length += record.length;
      }
      await flush();
    },

    async discard(id) {
      const { messages, sent } = keys.of(id);
      await redis.run((client) => client.del(messages));
      await redis.run((client) => client.del(sent));
    },
  };
}

/** The first answer to each question. */
function answersOf(messages: readonly Message[]): ReadonlyMap<MessageId, MessageId> {
  const answers = new Map<MessageId, MessageId>();
  for (const { id, parentId, role } of messages) {
    if (role === "assistant" && parentId !== null && !answers.has(parentId)) {
      answers.set(parentId, id);
    }
  }
  return answers;
}

/** As `submit.lua` and `conclude` write it: a question's record names a generation. */
function sentOf(
  { id, parentId, role }: Message,
  position: number,
  answers: ReadonlyMap<MessageId, MessageId>,
) {
  if (role !== "user") return { position };
  return {
    position,
    generationId: answers.get(id) ?? crypto.randomUUID(),
    ...(parentId !== null && { parentId }),
  };
}
