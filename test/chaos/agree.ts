import { RedisChatMessageHistory } from "@langchain/redis";
import { expect } from "vitest";
import { type EndEvent, isEndEvent } from "../../src/protocol/events.ts";
import { ConversationId, GenerationId, LOG_START, sequenceOf } from "../../src/protocol/ids.ts";
import type { Message } from "../../src/protocol/message.ts";
import { call } from "../chat-client.ts";
import type { Store } from "../store.ts";
import { answerTo, thoughtTo } from "./corpus.ts";
import type { Screen, SeenConversation } from "./screen.ts";
import type { Turn } from "./turn.ts";

/** What was compared. */
export interface Agreement {
  answers: number;
  characters: number;
  /** Characters of what was thought before answers. */
  thought: number;
  /** How often another run went on with an answer, in all. */
  seams: number;
  failed: number;
  stopped: number;
  /** Questions that went with the store's last writes. */
  lost: number;
}

export interface Compared {
  readonly store: Store;
  /** Of a process that serves HTTP. */
  readonly url: string;
  /** How one says there who one is. Default: as the viewers do. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly screens: readonly Screen[];
  readonly turns: readonly Turn[];
  /** How an answer may have ended. Default: whole. */
  readonly ends?: readonly Message["status"][];
  /** Whether the store may have lost questions. Default: no. */
  readonly mayLose?: boolean;
  /** Whether a screen may show a page alone: what it lacks is the oldest. Default: no. */
  readonly mayPage?: boolean;
}

/**
 * Waits until nothing is under way and every screen has seen it, then compares every screen, the
 * history over HTTP and as LangChain reads it, the event log and the delta streams with each other
 * and with what the model server was to say.
 */
export async function agree({ ends = ["done"], ...all }: Compared): Promise<Agreement> {
  const { store, url, headers = {}, screens, turns, mayLose = false, mayPage = false } = all;
  const counts = {
    answers: 0,
    characters: 0,
    thought: 0,
    seams: 0,
    failed: 0,
    stopped: 0,
    lost: 0,
  };
  const byConversation = Map.groupBy(turns, ({ conversationId }) => conversationId);
  await settled(store, screens, [...byConversation.keys()]);
  for (const [id, mine] of byConversation) {
    const history = await wholeHistory(url, id, headers);
    expect(history).toEqual(await asLangChainReads(store, id));
    const log = await readLog(store, id);
    const lost = mine.filter(({ messageId }) => !history.some((one) => one.id === messageId));
    if (!mayLose) expect(lost).toEqual([]);
    counts.lost += lost.length;
    const kept = mine.filter((turn) => !lost.includes(turn));
    expect(history.map((one) => one.id).sort()).toEqual(
      kept.flatMap(({ messageId, generationId }) => [messageId, generationId]).sort(),
    );
    for (const { messageId, content } of kept) {
      expect(history.find((one) => one.id === messageId)?.content).toBe(content);
    }
    const answers = history.filter(({ role }) => role === "assistant");
    expect(log.ended.map(([one, , length]) => [one, length]).sort()).toEqual(
      answers.map((answer) => [answer.id, answer.content.length]).sort(),
    );
    expect(
      log.ended.flatMap(([one, , , thought]) => (thought ? [[one, thought]] : [])).sort(),
    ).toEqual(
      answers
        .filter(({ status, reasoning }) => status === "done" && reasoning)
        .map(({ id, reasoning = "" }) => [id, reasoning.length])
        .sort(),
    );
    expect(log.created.sort()).toEqual(kept.map(({ messageId }) => messageId).sort());
    for (const turn of kept) {
      const answer = answers.find((one) => one.id === turn.generationId);
      if (answer === undefined) throw new Error("An answer is missing.");
      await compare(all, turn, answer, ends);
      counts.answers += 1;
      counts.characters += answer.content.length;
      counts.thought += answer.reasoning?.length ?? 0;
      counts.seams += answer.metadata.continued ?? 0;
      counts.failed += answer.status === "failed" ? 1 : 0;
      counts.stopped += answer.status === "stopped" ? 1 : 0;
    }
    for (const { conversations } of screens) {
      const seen = conversations.get(id);
      if (seen === undefined) continue;
      const shown = mayPage ? history.filter((one) => isOn(seen, one)) : history;
      expect(shown).toEqual(history.slice(history.length - shown.length));
      const questions = shown.filter(({ role }) => role === "user");
      expect([...seen.messages].sort()).toEqual(
        questions.map(({ id: message, content }) => [message, content]).sort(),
      );
      expect([...seen.generations.keys()].sort()).toEqual(
        shown.flatMap(({ id: one, role }) => (role === "assistant" ? [one] : [])).sort(),
      );
      expect(seen.cursor).toBe(log.last);
    }
    const path = `/api/conversations/${id}`;
    const conversation = await call(url, "GET", path, undefined, { headers });
    expect(await conversation.json()).toMatchObject({ id, generating: false });
  }
  expect(screens.flatMap(({ wrong }) => wrong)).toEqual([]);
  return counts;
}

async function compare(
  { store, screens, mayPage = false }: Compared,
  { conversationId, generationId, content }: Turn,
  answer: Message,
  ends: readonly Message["status"][],
): Promise<void> {
  const whole = answerTo(content);
  const thought = thoughtTo(content);
  if (!ends.includes(answer.status)) throw new Error(`ended as ${JSON.stringify(answer.metadata)}`);
  if (answer.status === "done") expect(answer.content).toBe(whole);
  expect(whole.startsWith(answer.content)).toBe(true);
  const { content: said, reasoning = "" } = answer;
  if (answer.status === "done" || said !== "") expect(reasoning).toBe(thought);
  expect(thought.startsWith(reasoning)).toBe(true);
  const { text, outcome, ...stream } = await store.running.text(
    ConversationId.parse(conversationId),
    GenerationId.parse(generationId),
  );
  expect({ text, reasoning: stream.reasoning, status: outcome?.status }).toEqual({
    ...{ text: said, reasoning },
    status: answer.status,
  });
  for (const { conversations } of screens) {
    const seen = conversations.get(conversationId)?.generations.get(generationId);
    if (!conversations.has(conversationId) || (mayPage && seen === undefined)) continue;
    expect({ text: seen?.text, reasoning: seen?.reasoning, status: seen?.status }).toEqual({
      ...{ text: said, reasoning },
      status: answer.status === "done" ? "finished" : answer.status,
    });
  }
}

const isOn = ({ messages, generations }: SeenConversation, { id }: Message) =>
  messages.has(id) || generations.has(id);

/** Nothing is under way in the store, and every screen has the whole log. */
async function settled(
  store: Store,
  screens: readonly Screen[],
  conversations: readonly string[],
): Promise<void> {
  const { queue, leases, held, active } = store.keys.partition(0);
  const underWay = async () => {
    const { client } = store.redis;
    const ids = conversations.map((id) => ConversationId.parse(id));
    const running = await Promise.all(ids.map((id) => client.hLen(store.keys.of(id).running)));
    return {
      queued: await client.zCard(queue),
      leased: await client.zCard(leases),
      held: await client.hLen(held),
      running: running.reduce((sum, one) => sum + one, 0),
    };
  };
  const none = { queued: 0, leased: 0, held: 0, running: 0 };
  await expect
    .poll(underWay, { timeout: 20_000 })
    .toEqual(none)
    .catch(async (cause: unknown) => {
      throw new Error(`still under way: ${JSON.stringify(await underWay())}`, { cause });
    });
  // What a killed worker told nobody, a janitor tells: not this soon, so its work is done here.
  const { untold } = await store.queue.tidy(Date.now() + 60_000);
  for (const id of untold) await store.conversations.announce(id);
  expect(await store.redis.client.zCard(active)).toBe(0);
  const behind = async () => {
    const late: string[] = [];
    for (const id of conversations) {
      const last = await store.events.last(ConversationId.parse(id));
      for (const [at, screen] of screens.entries()) {
        const seen = screen.conversations.get(id);
        if (seen !== undefined && seen.cursor !== last) late.push(`${at}: ${seen.cursor} ${last}`);
      }
    }
    return late;
  };
  await expect
    .poll(behind, { timeout: 40_000 })
    .toEqual([])
    .catch(async (cause: unknown) => {
      throw new Error(`still behind: ${JSON.stringify(await behind())}`, { cause });
    });
}

/** Page by page, oldest first. */
async function wholeHistory(
  url: string,
  id: string,
  headers: Readonly<Record<string, string>>,
): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for (let before = ""; ; ) {
    const path = `/api/conversations/${id}/messages?limit=200${before && `&before=${before}`}`;
    const response = await call(url, "GET", path, undefined, { headers });
    const { items, next = "" } = (await response.json()) as { items: Message[]; next?: string };
    messages.unshift(...items);
    if (next === "") return messages;
    before = next;
  }
}

async function asLangChainReads(store: Store, id: string): Promise<readonly Message[]> {
  const parsed = ConversationId.parse(id);
  const { messages } = store.keys.of(parsed);
  const history = new RedisChatMessageHistory({ sessionId: messages, client: store.redis.client });
  const [read, all] = [await history.getMessages(), await store.messages.all(parsed)];
  expect(read.map(({ text }) => text)).toEqual(all.map(({ content }) => content));
  return all;
}

/** The whole log, which must be contiguous from its first entry. */
async function readLog(store: Store, id: string) {
  const entries = (await store.events.read(ConversationId.parse(id), LOG_START, 1_000)) ?? [];
  expect(entries.map((entry) => sequenceOf(entry.id))).toEqual(entries.map((_, at) => at + 1));
  return {
    last: entries.at(-1)?.id ?? LOG_START,
    created: entries.flatMap(({ event }) =>
      event.type === "message.created" ? [event.message.id as string] : [],
    ),
    ended: entries.flatMap(({ event }) =>
      isEndEvent(event)
        ? [[event.generationId as string, event.type, event.length, thoughtIn(event)] as const]
        : [],
    ),
  };
}

function thoughtIn(event: EndEvent): number | undefined {
  return event.type === "generation.finished" ? event.reasoningLength : undefined;
}
