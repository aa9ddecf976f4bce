import type {
  RunningAnswers,
  RunningGeneration,
  RunningGenerations,
} from "../domain/ports/live.ts";
import { type ConversationId, GenerationId, MessageId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import { readDeltas } from "./delta-stream.ts";
import { generationKey, type Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";

/** What is under way in a conversation: the `running` hash and the delta streams. */
export function createRedisRunning(redis: Redis, keys: Keys): RunningGenerations & RunningAnswers {
  async function running(id: ConversationId): Promise<[GenerationId, MessageId][]> {
    const entries = await redis.run((client) => client.hGetAll(keys.of(id).running));
    return Object.entries(entries).map(([generation, parent]) => [
      GenerationId.parse(generation),
      MessageId.parse(parent),
    ]);
  }

  async function state(
    id: ConversationId,
    generationId: GenerationId,
    parentId: MessageId,
  ): Promise<RunningGeneration> {
    const key = generationKey(keys.of(id), generationId);
    const [{ fence, text, reasoning }, started] = await Promise.all([
      readDeltas(redis, keys, id, generationId),
      redis.run((client) => client.hGet(key, "started")),
    ]);
    return {
      generationId,
      parentId,
      fence,
      text,
      ...(reasoning === "" ? {} : { reasoning }),
      status: started ? "running" : "queued",
    };
  }

  async function message(
    id: ConversationId,
    generationId: GenerationId,
    parentId: MessageId,
  ): Promise<Message> {
    const key = generationKey(keys.of(id), generationId);
    const [{ text, reasoning }, [createdAt, engine, model]] = await Promise.all([
      readDeltas(redis, keys, id, generationId),
      redis.run((client) => client.hmGet(key, ["createdAt", "engine", "startedModel"])),
    ]);
    return {
      id: generationId,
      parentId,
      role: "assistant",
      content: text,
      ...(reasoning === "" ? {} : { reasoning }),
      createdAt: new Date(Number(createdAt ?? 0)).toISOString(),
      status: "streaming",
      metadata: { ...(engine ? { engine } : {}), ...(model ? { model } : {}) },
    };
  }

  return {
    async list(id) {
      return await Promise.all((await running(id)).map((entry) => state(id, ...entry)));
    },

    async positions(id, generationIds) {
      const { queue, clock } = keys.of(id);
      const [pace, ...ranks] = await Promise.all([
        redis.run((client) => client.hGet(clock, "pace")),
        ...generationIds.map((one) => redis.run((client) => client.zRank(queue, one))),
      ]);
      const paceMs = Number(pace ?? 0);
      return new Map(
        generationIds.flatMap((one, at) => {
          const position = ranks[at];
          if (typeof position !== "number") return [];
          const estimate = paceMs > 0 ? { estimateMs: Math.round((position + 1) * paceMs) } : {};
          return [[one, { position, ...estimate }] as const];
        }),
      );
    },

    text: (id, generationId) => readDeltas(redis, keys, id, generationId),

    async answers(id) {
      const entries = await running(id);
      const answers = await Promise.all(
        entries.map(([generation, parent]) => message(id, generation, parent)),
      );
      return answers.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    },

    async answer(id, messageId) {
      const parent = await redis.run((client) => client.hGet(keys.of(id).running, messageId));
      return !parent ? undefined : await message(id, messageId, MessageId.parse(parent));
    },
  };
}
