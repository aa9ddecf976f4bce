import { setTimeout as sleep } from "node:timers/promises";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { call } from "../chat-client.ts";
import { question } from "./corpus.ts";
import type { Random } from "./random.ts";
import type { Turn } from "./turn.ts";

/** Conversations that someone keeps at once. */
const KEPT = 6;
/** Pause before a request is made again, in ms. */
const RETRY_MS = 50;

/** What became of the conversations of one who creates, renames, pins and deletes. */
export interface Tended {
  /** What must still stand: by id, what was last changed. */
  readonly kept: ReadonlyMap<string, Partial<Conversation>>;
  readonly deleted: ReadonlySet<string>;
  /** Questions asked over HTTP in conversations that still stand. */
  readonly turns: readonly Turn[];
}

/** Makes a request until somebody answers it; 503 and a broken connection are no answers. */
async function insist(
  url: () => string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  for (;;) {
    const response = await call(url(), method, path, body).catch(() => undefined);
    const answer = await response?.json().catch(() => undefined);
    if (response !== undefined && answer !== undefined && ![429, 503].includes(response.status)) {
      return { status: response.status, body: answer };
    }
    await sleep(RETRY_MS);
  }
}

/**
 * Keeps a few conversations of its own, as a busy user does: creates, renames and pins them, asks in
 * them, and deletes some in mid-answer, until `go` says no more.
 */
export async function tend(url: () => string, choice: Random, go: () => boolean): Promise<Tended> {
  const kept = new Map<string, Partial<Conversation>>();
  const deleted = new Set<string>();
  const turns: Turn[] = [];

  async function create(): Promise<void> {
    const title = `Kept ${crypto.randomUUID()}`;
    const { body } = await insist(url, "POST", "/api/conversations", { title });
    kept.set((body as Conversation).id, { title });
  }

  async function change(id: string): Promise<void> {
    const fields = choice.chance(0.5)
      ? { title: `Renamed ${crypto.randomUUID()}` }
      : { pinned: choice.chance(0.5) };
    const { status } = await insist(url, "PATCH", `/api/conversations/${id}`, fields);
    if (status === 200) kept.set(id, { ...kept.get(id), ...fields });
    // The store lost it with its last writes.
    else if (status === 404) kept.delete(id);
  }

  async function ask(conversationId: string): Promise<void> {
    const messageId = crypto.randomUUID();
    const content = question(choice.between(5, 30));
    const path = `/api/conversations/${conversationId}/messages`;
    const { status, body } = await insist(url, "POST", path, { id: messageId, content });
    if (status !== 202) return;
    const { generationId } = body as { generationId: string };
    turns.push({ conversationId, messageId, generationId, content });
  }

  async function remove(id: string): Promise<void> {
    await insist(url, "DELETE", `/api/conversations/${id}`);
    kept.delete(id);
    deleted.add(id);
  }

  while (go()) {
    await sleep(choice.between(20, 150));
    const id = kept.size > 0 ? choice.pick([...kept.keys()]) : undefined;
    const what = choice.below(10);
    if (id === undefined || (what < 3 && kept.size < KEPT)) await create();
    else if (what < 6) await change(id);
    else if (what < 8) await ask(id);
    else await remove(id);
  }
  return { kept, deleted, turns: turns.filter(({ conversationId }) => kept.has(conversationId)) };
}
