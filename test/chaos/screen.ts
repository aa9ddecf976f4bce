import { applyDelta, UNSEEN } from "../../src/protocol/apply-delta.ts";
import { type EndEvent, isEndEvent } from "../../src/protocol/events.ts";
import type { EventFrame, ServerFrame, SubscribedFrame } from "../../src/protocol/frames.ts";
import type { SeenGeneration } from "../chat-client.ts";

/** One conversation as a screen shows it. */
export interface SeenConversation {
  /** The id of the last event applied; undefined before the first `subscribed`. */
  readonly cursor: string | undefined;
  /** Content by id of the messages that were seen to be created, or in a snapshot. */
  readonly messages: ReadonlyMap<string, string>;
  readonly generations: ReadonlyMap<string, SeenGeneration>;
  readonly deleted: boolean;
  /** How often it was answered with `subscribed`. */
  readonly subscriptions: number;
}

interface Mutable extends SeenConversation {
  cursor: string | undefined;
  messages: Map<string, string>;
  generations: Map<string, SeenGeneration>;
  deleted: boolean;
  subscriptions: number;
  /** Messages that an event told of since the last snapshot. */
  readonly told: Set<string>;
}

/** What a program by the public contract makes of the frames it gets, and what is wrong with them. */
export interface Screen {
  readonly conversations: ReadonlyMap<string, SeenConversation>;
  /** Every breach of the contract, in words. */
  readonly wrong: string[];
  readonly counts: {
    replays: number;
    snapshots: number;
    truncations: number;
    deltas: number;
    /** Of those, the ones that brought a thought. */
    thoughts: number;
  };
  /** The longest time between two texts of one answer, in ms. */
  readonly longestPauseMs: number;
  apply(frame: ServerFrame): void;
  /** Resolves once `find` finds something; asked again after each frame. */
  until<Found>(find: () => Found | undefined): Promise<Found>;
}

const STATUS = {
  "generation.finished": "finished",
  "generation.stopped": "stopped",
  "generation.failed": "failed",
} as const;

/** A screen that holds the server to the contract: no gap, nothing twice, an end after its text. */
export function createScreen(name: string): Screen {
  const conversations = new Map<string, Mutable>();
  const wrong: string[] = [];
  const waiting = new Set<() => void>();
  const lastText = new Map<string, number>();
  const counts = { replays: 0, snapshots: 0, truncations: 0, deltas: 0, thoughts: 0 };
  let longestPauseMs = 0;

  function of(id: string): Mutable {
    const known = conversations.get(id);
    if (known !== undefined) return known;
    const fresh: Mutable = {
      cursor: undefined,
      messages: new Map(),
      generations: new Map(),
      deleted: false,
      subscriptions: 0,
      told: new Set(),
    };
    conversations.set(id, fresh);
    return fresh;
  }

  const blame = (words: string) => void wrong.push(`${name}: ${words}`);

  function subscribed(frame: SubscribedFrame): void {
    const seen = of(frame.conversationId);
    seen.subscriptions += 1;
    if (frame.mode === "snapshot") {
      counts.snapshots += 1;
      seen.messages.clear();
      seen.told.clear();
      seen.generations.clear();
    } else {
      counts.replays += 1;
      if (frame.cursor !== seen.cursor) blame(`asked after ${seen.cursor}, got ${frame.cursor}`);
    }
    seen.cursor = frame.cursor;
    for (const { id, role, content, status, reasoning = "" } of frame.messages ?? []) {
      if (role === "user") seen.messages.set(id, content);
      else if (status === "streaming") seen.generations.set(id, { ...UNSEEN, status: "queued" });
      else {
        const as = status === "done" ? "finished" : status;
        seen.generations.set(id, { ...UNSEEN, status: as, text: content, reasoning });
      }
    }
    for (const { generationId, reasoning = "", ...state } of frame.generations) {
      // What the stored message says has ended stays ended.
      const known = seen.generations.get(generationId);
      if (frame.mode === "snapshot" && known !== undefined && known.status !== "queued") continue;
      seen.generations.set(generationId, { ...state, reasoning });
      progress(generationId);
    }
  }

  function progress(generationId: string): void {
    const now = performance.now();
    longestPauseMs = Math.max(longestPauseMs, now - (lastText.get(generationId) ?? now));
    lastText.set(generationId, now);
  }

  function ended(seen: Mutable, event: EndEvent): void {
    const mine = seen.generations.get(event.generationId) ?? { ...UNSEEN, status: "running" };
    if (mine.text.length !== event.length) {
      blame(`${event.type} of ${event.generationId}: ${mine.text.length} of ${event.length} units`);
    }
    const thought = event.type === "generation.finished" ? event.reasoningLength : undefined;
    if (thought !== undefined && mine.reasoning.length !== thought) {
      blame(`reasoning of ${event.generationId}: ${mine.reasoning.length} of ${thought} units`);
    }
    seen.generations.set(event.generationId, { ...mine, status: STATUS[event.type] });
    lastText.delete(event.generationId);
  }

  function happened({ conversationId, id, event }: EventFrame): void {
    const seen = of(conversationId);
    if (id !== undefined) {
      const [before, now] = [seen.cursor ?? "0-0", id].map((one) => Number(one.split("-")[0]));
      if (now !== (before ?? 0) + 1) blame(`event ${id} after ${seen.cursor}`);
      seen.cursor = id;
    }
    if (event.type === "message.created") {
      const { id: message, content } = event.message;
      // A snapshot's page is read after its cursor: what it has already may be told once more.
      if (seen.told.has(message)) blame(`message ${message} twice`);
      seen.told.add(message);
      seen.messages.set(message, content);
    } else if (event.type === "generation.queued") {
      const known = seen.generations.get(event.generationId);
      if (known === undefined) {
        seen.generations.set(event.generationId, { ...UNSEEN, status: "queued" });
      }
    } else if (event.type === "conversation.deleted") seen.deleted = true;
    else if (isEndEvent(event)) ended(seen, event);
  }

  return {
    conversations,
    wrong,
    counts,
    get longestPauseMs() {
      return longestPauseMs;
    },
    apply(frame) {
      if (frame.type === "subscribed") subscribed(frame);
      else if (frame.type === "event" && "conversationId" in frame) happened(frame);
      else if (frame.type === "delta") {
        const { generations } = of(frame.conversationId);
        const mine = generations.get(frame.generationId) ?? { ...UNSEEN, status: "queued" };
        const next = applyDelta(mine, frame);
        counts.deltas += 1;
        if (frame.part === "reasoning") counts.thoughts += 1;
        if (next === "gap") blame(`gap at ${frame.at} of ${mine.text.length}`);
        else if (next !== mine) {
          if (mine.status !== "queued" && mine.status !== "running") {
            blame(`text after the end of ${frame.generationId}`);
          }
          if (!next.text.startsWith(mine.text)) counts.truncations += 1;
          generations.set(frame.generationId, { ...next, status: "running" });
          progress(frame.generationId);
        }
      }
      for (const look of [...waiting]) look();
    },
    until: (find) =>
      new Promise((resolve) => {
        const look = () => {
          const found = find();
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
