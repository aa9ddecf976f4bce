import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { ChatError } from "../../src/domain/errors.ts";
import type { ChatModel } from "../../src/domain/ports/model.ts";
import { type ConversationId, GenerationId, MessageId } from "../../src/protocol/ids.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { catalogueOf } from "../scripted-model.ts";
import { openStore, type Store, someone, storeUrl } from "../store.ts";
import { openHubViewer } from "./hub-viewer.ts";
import { chaos, type Random, say } from "./random.ts";

/** Interleavings of each race. */
const ROUNDS = 300;
const WORDS = ["青い ", "空 ", "😀 ", "blue ", "light."];
const WHOLE = WORDS.join("");

/** Says the same words each time, and takes random time over each. */
function hastyModel(choice: Random): ChatModel {
  return {
    id: "hasty",
    engine: "scripted",
    limits: async () => ({ contextTokens: 1_000 }),
    countTokens: async (text) => text.length,
    async *generate({ continueFrom }, signal) {
      const written = continueFrom?.text.length ?? 0;
      let at = 0;
      for (const text of WORDS) {
        at += text.length;
        if (at <= written) continue;
        await sleep(choice.below(3), undefined, { signal }).catch(() => signal.throwIfAborted());
        yield { type: "text", text, tokens: 1 };
      }
      yield { type: "end", finishReason: "stop" };
    },
  };
}

/** Two pods and two workers on one store; a screen before each pod. */
async function setUp(name: string) {
  const choice = chaos(name);
  const [one, two] = [await openStore(), await openStore({ url: storeUrl() })];
  const errors: unknown[] = [];
  const error = (fields: object, message: string) => void errors.push({ message, ...fields });
  const log = { info: () => undefined, warn: () => undefined, error };
  const workers = [one, two].map((store) => {
    const deps = { ...store, history: store.messages, catalogue: catalogueOf(hastyModel(choice)) };
    const worker = startWorker(deps, { concurrency: 8, leaseMs: 5_000, name: "w", log });
    onTestFinished(() => worker.drain());
    return worker;
  });
  const pods = [openHubViewer("one", one), openHubViewer("two", two)];
  const owner = someone();

  function submit(store: Store, id: ConversationId, parentId?: MessageId | null) {
    return store.turns.submit({
      owner,
      conversationId: id,
      content: "Why?",
      parentId,
      messageId: MessageId.parse(crypto.randomUUID()),
      generationId: GenerationId.parse(crypto.randomUUID()),
    });
  }
  /** A conversation that both pods watch. */
  async function converse(): Promise<ConversationId> {
    const { id } = await one.conversations.create(owner, { title: "named" });
    for (const pod of pods) await pod.watch(owner, id);
    return id;
  }
  /** Some random moment within an answer. */
  const moment = () => sleep(choice.below(60));

  /** Nothing is under way, and both screens show what is stored. */
  async function agreed(id: ConversationId): Promise<ReadonlyMap<string, string>> {
    const k = one.keys.of(id);
    const { client } = one.redis;
    await expect.poll(() => client.hLen(k.running)).toBe(0);
    const last = await one.events.last(id);
    const stored = await one.messages.all(id);
    const answers = stored.filter(({ role }) => role === "assistant");
    for (const { screen } of pods) {
      await expect.poll(() => screen.conversations.get(id)?.cursor).toBe(last);
      const seen = screen.conversations.get(id);
      expect(seen?.messages.size).toBe(stored.length - answers.length);
      expect(seen?.generations.size).toBe(answers.length);
      for (const answer of answers) {
        const status = answer.status === "done" ? "finished" : answer.status;
        expect(seen?.generations.get(answer.id)).toMatchObject({ status, text: answer.content });
        const streamed = await one.running.text(id, answer.id as string as GenerationId);
        expect(streamed).toMatchObject({
          text: answer.content,
          outcome: { status: answer.status },
        });
      }
      expect(screen.wrong).toEqual([]);
    }
    return new Map(answers.map((answer) => [answer.id, answer.status]));
  }
  return { choice, one, two, workers, errors, pods, owner, submit, converse, moment, agreed };
}

test("stop against finish has one outcome, from two pods at once too", async () => {
  const { one, two, owner, submit, converse, moment, agreed } = await setUp("stop against finish");
  const outcomes = { done: 0, stopped: 0 };
  const round = async () => {
    const id = await converse();
    const { generationId } = await submit(one, id);
    const stop = async (store: Store) => {
      await moment();
      await store.turns.stop(owner, id, generationId);
    };
    await Promise.all([stop(one), stop(two)]);
    const status = (await agreed(id)).get(generationId);
    if (status !== "done" && status !== "stopped") throw new Error(`ended as ${status}`);
    outcomes[status] += 1;
    const answer = await one.messages.get(id, generationId as string as MessageId);
    expect(WHOLE.startsWith(answer?.content ?? "?")).toBe(true);
    if (status === "done") expect(answer?.content).toBe(WHOLE);
  };
  for (let rounds = 0; rounds < ROUNDS; rounds += 6)
    await Promise.all([1, 2, 3, 4, 5, 6].map(round));
  say("stop against finish", outcomes);
});

test("an edit against a finish, and two tabs at once, leave one tree", async () => {
  const { one, two, choice, submit, converse, moment, agreed } = await setUp("edit against finish");
  const round = async () => {
    const id = await converse();
    const first = await submit(one, id, null);
    await moment();
    const edit = choice.chance(0.5);
    const [left, right] = await Promise.all([
      submit(one, id, edit ? null : undefined),
      submit(two, id, edit ? null : undefined),
    ]);
    const statuses = await agreed(id);
    expect([...statuses.values()]).toEqual(["done", "done", "done"]);
    const parentOf = async (messageId: MessageId) =>
      (await one.messages.get(id, messageId))?.parentId;
    const parents = [await parentOf(left.messageId), await parentOf(right.messageId)];
    if (edit) expect(parents).toEqual([null, null]);
    else {
      // One came first, and the other follows its answer.
      const chains = [
        [first.generationId, left.generationId],
        [right.generationId, first.generationId],
      ];
      expect(chains).toContainEqual(parents);
    }
  };
  for (let rounds = 0; rounds < ROUNDS; rounds += 6)
    await Promise.all([1, 2, 3, 4, 5, 6].map(round));
});

test("one request for another answer makes one, however often and wherever it is sent", async () => {
  const { one, two, owner, submit, converse, moment, agreed } = await setUp("regenerate twice");
  for (let rounds = 0; rounds < ROUNDS / 5; rounds += 1) {
    const id = await converse();
    const { messageId, generationId } = await submit(one, id);
    const requestId = MessageId.parse(crypto.randomUUID());
    const again = async (store: Store) => {
      await moment();
      return await store.turns.regenerate({
        owner,
        conversationId: id,
        requestId,
        parentId: messageId,
        generationId: GenerationId.parse(crypto.randomUUID()),
      });
    };
    const [left, right] = await Promise.all([again(one), again(two)]);
    expect(left).toEqual(right);
    expect(new Set((await agreed(id)).keys())).toEqual(new Set([generationId, left.generationId]));
  }
});

test("delete against generate leaves no key", async () => {
  const { one, two, workers, errors, pods, owner, submit, converse, moment } =
    await setUp("delete against generate");
  const ids: string[] = [];
  const round = async () => {
    const id = await converse();
    ids.push(id);
    const turns = [await submit(one, id), await submit(two, id)];
    ids.push(...turns.map(({ generationId }) => generationId));
    await moment();
    const late = submit(two, id).catch((error: unknown) => {
      if (!(error instanceof ChatError && error.code === "not_found")) throw error;
    });
    await one.conversations.remove(owner, id);
    await late;
    for (const { screen } of pods) {
      await expect.poll(() => screen.conversations.get(id)?.deleted).toBe(true);
    }
  };
  for (let rounds = 0; rounds < ROUNDS; rounds += 6)
    await Promise.all([1, 2, 3, 4, 5, 6].map(round));
  // What was under way finds out, and lets go.
  const { client } = one.redis;
  const { queue, leases, held, active } = one.keys.partition(0);
  const left = async () => {
    const keys = await client.keys("*");
    const members = [
      ...(await client.zRange(queue, 0, -1)),
      ...(await client.zRange(leases, 0, -1)),
      ...(await client.zRange(active, 0, -1)),
      ...(await client.zRange(one.keys.userConversations(owner), 0, -1)),
      ...Object.keys(await client.hGetAll(held)),
    ];
    return [...keys, ...members].filter((key) => ids.some((id) => key.includes(id)));
  };
  await Promise.all(workers.map((worker) => worker.drain()));
  expect(await left()).toEqual([]);
  expect(errors).toEqual([]);
  say("delete against generate", { rounds: ROUNDS });
});
