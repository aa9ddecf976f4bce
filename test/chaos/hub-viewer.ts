import { onTestFinished } from "vitest";
import { ChatError } from "../../src/domain/errors.ts";
import { ServerFrame } from "../../src/protocol/frames.ts";
import { ConversationId, type UserId } from "../../src/protocol/ids.ts";
import { createHub } from "../../src/ws/hub.ts";
import type { Store } from "../store.ts";
import { createScreen, type Screen } from "./screen.ts";

/** Pause before a subscription is tried again, in ms. */
const RETRY_MS = 60;

/** A pod within the test's own process, and one screen before it. */
export interface HubViewer {
  readonly screen: Screen;
  /** Reads of the log that found something its frames had not brought. */
  readonly repairs: () => number;
  watch(owner: UserId, conversationId: string): Promise<void>;
}

/** A hub on `store`, and a subscriber that comes back when it is told to. */
export function openHubViewer(name: string, store: Store): HubViewer {
  const screen = createScreen(name);
  let repairs = 0;
  let closed = false;
  const hub = createHub({
    conversations: store.conversations,
    history: store.messages,
    running: store.running,
    live: store.live,
    events: {
      last: store.events.last,
      async read(id, after, limit) {
        const events = await store.events.read(id, after, limit);
        if (events === undefined || events.length > 0) repairs += 1;
        return events;
      },
    },
    onError: (error) => void screen.wrong.push(`${name}: ${error}`),
  });
  onTestFinished(() => {
    closed = true;
    hub.close();
  });

  async function watch(owner: UserId, conversationId: string): Promise<void> {
    if (closed) return;
    const id = ConversationId.parse(conversationId);
    const after = screen.conversations.get(id)?.cursor;
    let current = true;
    const receive = (raw: string) => {
      if (current) screen.apply(ServerFrame.parse(JSON.parse(raw)));
      return true;
    };
    const again = () => {
      if (!current) return;
      current = false;
      setTimeout(() => void watch(owner, conversationId), RETRY_MS);
    };
    try {
      await hub.subscribe(owner, id, after as never, {
        send: receive,
        sendDelta: receive,
        reset: again,
      });
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.code === "unavailable") return again();
      const event = { type: "conversation.deleted" } as const;
      screen.apply({ type: "event", conversationId: id, event });
    }
  }
  return { screen, repairs: () => repairs, watch };
}
