import { isEndEvent } from "../protocol/events.ts";
import { EventFrame } from "../protocol/frames.ts";
import type { ConversationId, GenerationId, UserId } from "../protocol/ids.ts";
import type { Message } from "../protocol/message.ts";
import { ChatError } from "./errors.ts";
import type { Subscriber, SubscriptionHub } from "./ports/live.ts";
import type { MessageHistory } from "./ports/store.ts";

/** Which answer, and for how long. */
export interface AwaitAnswerRequest {
  readonly owner: UserId;
  readonly conversationId: ConversationId;
  readonly generationId: GenerationId;
  readonly timeoutMs: number;
}

/**
 * Waits for the end of a generation, however it ends, and gives its message; `undefined` when the
 * time is over, `signal` aborts, or the store is away: the answer is on its way all the same.
 * @throws ChatError `not_found` when the conversation is deleted meanwhile.
 */
export type AwaitAnswer = (
  request: AwaitAnswerRequest,
  signal: AbortSignal,
) => Promise<Message | undefined>;

/** After a lost subscription; a store that is coming back is not to be hammered. */
const RESUBSCRIBE_MS = 250;

/** Built on what every screen is built on, so that it sees an end from any worker at once. */
export function createAwaitAnswer(deps: {
  readonly hub: SubscriptionHub;
  readonly history: Pick<MessageHistory, "get">;
}): AwaitAnswer {
  return async (request, signal) => {
    const { conversationId, generationId, timeoutMs } = request;
    const waiting = new AbortController();
    const leave = () => waiting.abort();
    const timer = setTimeout(leave, timeoutMs);
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    try {
      while (!waiting.signal.aborted) {
        const watch = await watchEnd(deps.hub, request, waiting.signal);
        try {
          // Only after subscribing: an end between this look and the next frame cannot be missed.
          const message = await deps.history.get(conversationId, generationId);
          if (message !== undefined && message.status !== "streaming") return message;
          const happened = await watch.next;
          if (happened === "end") return await deps.history.get(conversationId, generationId);
        } finally {
          watch.close();
        }
        await pause(RESUBSCRIBE_MS, waiting.signal);
      }
      return undefined;
    } catch (error) {
      if (error instanceof ChatError && error.code === "unavailable") return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    }
  };
}

interface Watch {
  /** `again` when the subscription was lost, or nobody waits any more. */
  readonly next: Promise<"end" | "again">;
  close(): void;
}

async function watchEnd(
  hub: SubscriptionHub,
  { owner, conversationId, generationId }: AwaitAnswerRequest,
  signal: AbortSignal,
): Promise<Watch> {
  const { promise: next, resolve } = Promise.withResolvers<"end" | "again">();
  const subscriber: Subscriber = {
    send(frame) {
      if (tellsEnd(frame, generationId)) resolve("end");
      else if (tellsDelete(frame)) resolve("again");
    },
    sendDelta: () => true,
    reset: () => resolve("again"),
  };
  const subscription = await hub.subscribe(owner, conversationId, undefined, subscriber);
  const leave = () => resolve("again");
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  return {
    next,
    close() {
      signal.removeEventListener("abort", leave);
      subscription.leave();
    },
  };
}

function tellsEnd(frame: string, generationId: GenerationId): boolean {
  // Most frames are about something else, and some hold whole pages of messages.
  if (!frame.includes(generationId)) return false;
  const event = EventFrame.safeParse(JSON.parse(frame)).data?.event;
  return event !== undefined && isEndEvent(event) && event.generationId === generationId;
}

function tellsDelete(frame: string): boolean {
  return (
    frame.includes('"conversation.deleted"') && EventFrame.safeParse(JSON.parse(frame)).success
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", done);
    resolve();
  };
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", done);
  if (signal.aborted) done();
  return promise;
}
