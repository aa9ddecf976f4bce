import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Conversation } from "../../src/protocol/conversation.ts";
import { ServerFrame } from "../../src/protocol/frames.ts";
import type { ConversationId } from "../../src/protocol/ids.ts";
import {
  type ConversationList,
  foldPage,
  foldUserEvent,
  UNKNOWN_LIST,
} from "../../web/src/state/conversation-list.ts";
import { call } from "../chat-client.ts";

/** Pause before a connection or a fetch is tried again, in ms. */
const RETRY_MS = 60;

/** The list of a user's conversations on one screen, folded as the page folds it. */
export interface Sidebar {
  readonly name: string;
  /** By id. */
  readonly items: readonly Conversation[];
  readonly counts: { events: number; fetches: number };
}

/** Conversations by their id: what two lists are compared by. */
export function byId(items: Iterable<Conversation>): readonly Conversation[] {
  return [...items].sort((a, b) => a.id.localeCompare(b.id));
}

/** The whole list over HTTP; undefined while it cannot be had. */
export async function fetchList(
  url: string,
  user = "alice",
): Promise<readonly Conversation[] | undefined> {
  const items: Conversation[] = [];
  for (let cursor = ""; ; ) {
    const path = `/api/conversations?limit=200${cursor && `&before=${cursor}`}`;
    const response = await call(url, "GET", path, undefined, { user }).catch(() => undefined);
    const page = response?.ok ? await response.json().catch(() => undefined) : undefined;
    if (page === undefined) return undefined;
    items.push(...(page as { items: Conversation[] }).items);
    cursor = (page as { next?: string }).next ?? "";
    if (cursor === "") return items;
  }
}

/** @param url Where to connect next; asked each time. */
export function openSidebar(name: string, url: () => string, user = "alice"): Sidebar {
  let list: ConversationList = UNKNOWN_LIST;
  let since: Map<ConversationId, Conversation | "deleted"> | undefined;
  let again = false;
  let closed = false;
  let socket: WebSocket | undefined;
  const counts = { events: 0, fetches: 0 };

  /** What happens while a page is on its way is newer than the page. */
  async function fetchAgain(): Promise<void> {
    if (since !== undefined) {
      again = true;
      return;
    }
    do {
      again = false;
      const meanwhile = new Map<ConversationId, Conversation | "deleted">();
      since = meanwhile;
      const items = await fetchList(url(), user);
      counts.fetches += 1;
      since = undefined;
      if (items !== undefined) {
        list = foldPage(list, { items, next: undefined }, "first", meanwhile);
      } else if (!closed) {
        again = true;
        await sleep(RETRY_MS);
      }
    } while (again);
  }

  function receive(data: unknown): void {
    const frame = ServerFrame.parse(JSON.parse(String(data)));
    if (frame.type === "hello") void fetchAgain();
    if (frame.type !== "event" || !("log" in frame)) return;
    const { event } = frame;
    counts.events += 1;
    if (event.type === "conversations.changed") void fetchAgain();
    else if (event.type === "conversation.deleted") since?.set(event.conversationId, "deleted");
    else if (event.type !== "models.changed") since?.set(event.conversation.id, event.conversation);
    list = foldUserEvent(list, event);
  }

  async function stay(): Promise<void> {
    while (!closed) {
      const mine = new WebSocket(`${url().replace("http", "ws")}/api/ws`, {
        headers: { "X-Forwarded-User": user },
        handshakeTimeout: 3_000,
      });
      socket = mine;
      mine.on("error", () => undefined);
      mine.on("message", receive);
      await new Promise((resolve) => mine.once("close", resolve));
      if (!closed) await sleep(RETRY_MS * Math.random());
    }
  }
  onTestFinished(() => {
    closed = true;
    socket?.terminate();
  });
  stay().catch(() => undefined);

  return {
    name,
    get items() {
      return byId(list.items.values());
    },
    counts,
  };
}
