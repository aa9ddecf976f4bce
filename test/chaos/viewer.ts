import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { ServerFrame } from "../../src/protocol/frames.ts";
import type { SeenGeneration } from "../chat-client.ts";
import { createScreen, type Screen } from "./screen.ts";
import type { Turn } from "./turn.ts";

/** Errors that another try may mend. */
const PASSING: ReadonlySet<string> = new Set(["unavailable", "limited"]);
/** Pause before a connection or a request is tried again, in ms. */
const RETRY_MS = 60;

/** A client by the public contract that comes back, with its cursors, whatever ends its socket. */
export interface Viewer {
  readonly screen: Screen;
  /** How often its socket was opened, and what closed it. */
  readonly sockets: { opened: number; readonly closedWith: Map<number, number> };
  /** Errors that were answered and will not pass. */
  readonly refused: readonly string[];
  watch(conversationId: string): void;
  watches(conversationId: string): boolean;
  /** Asks, again on every connection until it is acknowledged. */
  ask(conversationId: string, content: string, extra?: object): Promise<Turn>;
  /** Another answer, as `ask`. */
  regenerate(conversationId: string, parentId: string, requestId?: string): Promise<string>;
  stop(conversationId: string, generationId: string): Promise<void>;
  /** Resolves once the answer has ended here, or is lost with the store's last writes. */
  ended(turn: Pick<Turn, "conversationId" | "generationId">): Promise<SeenGeneration | "lost">;
  /** Its network is cut. */
  drop(): void;
  /** Reads nothing until it is called back. */
  pause(): () => void;
  close(): void;
}

interface Request {
  readonly frame: object;
  readonly resolve: (generationId: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * @param url Where to connect next; asked each time.
 * @param headers How it says who it is.
 */
export function openViewer(
  name: string,
  url: () => string,
  headers: Readonly<Record<string, string>> = { "X-Forwarded-User": "alice" },
): Viewer {
  const screen = createScreen(name);
  const watched = new Set<string>();
  const requests = new Map<string, Request>();
  const refused: string[] = [];
  const closedWith = new Map<number, number>();
  const sockets = { opened: 0, closedWith };
  let socket: WebSocket | undefined;
  let closed = false;

  function send(frame: object): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  function subscribe(conversationId: string): void {
    const after = screen.conversations.get(conversationId)?.cursor;
    send({ type: "subscribe", conversationId, ...(after === undefined ? {} : { after }) });
  }

  function failed({ code, ref = "", message }: ServerFrame & { type: "error" }): void {
    const on = socket;
    if (PASSING.has(code)) {
      setTimeout(() => {
        if (on !== socket) return;
        if (watched.has(ref)) subscribe(ref);
        const again = requests.get(ref);
        if (again) send(again.frame);
      }, RETRY_MS);
      return;
    }
    if (watched.has(ref) && code === "not_found") {
      screen.apply({
        type: "event",
        conversationId: ref as never,
        event: { type: "conversation.deleted" },
      });
      return;
    }
    refused.push(`${code}: ${message}`);
    requests.get(ref)?.reject(new Error(code));
    requests.delete(ref);
  }

  function receive(data: unknown): void {
    const frame = ServerFrame.parse(JSON.parse(String(data)));
    if (frame.type === "error") failed(frame);
    if (frame.type === "ack") {
      const key = frame.messageId ?? frame.requestId ?? "";
      requests.get(key)?.resolve(frame.generationId);
      requests.delete(key);
    }
    screen.apply(frame);
  }

  async function session(): Promise<void> {
    const mine = new WebSocket(`${url().replace("http", "ws")}/api/ws`, {
      headers,
      handshakeTimeout: 3_000,
    });
    socket = mine;
    mine.on("error", () => undefined);
    mine.on("message", (data) => {
      if (mine === socket) receive(data);
    });
    mine.on("open", () => {
      sockets.opened += 1;
      for (const id of watched) subscribe(id);
      for (const { frame } of requests.values()) send(frame);
    });
    const code = await new Promise<number>((resolve) => mine.once("close", resolve));
    closedWith.set(code, (closedWith.get(code) ?? 0) + 1);
  }

  async function stay(): Promise<void> {
    while (!closed) {
      await session().catch(() => undefined);
      if (!closed) await sleep(RETRY_MS * Math.random());
    }
  }

  function request(key: string, frame: object): Promise<string> {
    return new Promise((resolve, reject) => {
      requests.set(key, { frame, resolve, reject });
      send(frame);
    });
  }

  function close(): void {
    closed = true;
    socket?.terminate();
  }
  onTestFinished(close);
  stay().catch(() => undefined);

  return {
    screen,
    sockets,
    refused,
    watch(conversationId) {
      watched.add(conversationId);
      subscribe(conversationId);
    },
    watches: (conversationId) => watched.has(conversationId),
    async ask(conversationId, content, extra = {}) {
      const messageId = crypto.randomUUID();
      const frame = { type: "send", conversationId, messageId, content, ...extra };
      return { conversationId, messageId, content, generationId: await request(messageId, frame) };
    },
    async regenerate(conversationId, parentId, requestId = crypto.randomUUID()) {
      return await request(requestId, { type: "regenerate", conversationId, requestId, parentId });
    },
    async stop(conversationId, generationId) {
      const requestId = crypto.randomUUID();
      await request(requestId, { type: "stop", conversationId, generationId, requestId });
    },
    ended({ conversationId, generationId }) {
      const before = screen.conversations.get(conversationId)?.subscriptions ?? 0;
      return screen.until(() => {
        const seen = screen.conversations.get(conversationId);
        const mine = seen?.generations.get(generationId);
        // Every `subscribed` names what is under way: without it, the store has lost it.
        if (mine === undefined) return (seen?.subscriptions ?? 0) > before ? "lost" : undefined;
        return mine.status === "queued" || mine.status === "running" ? undefined : mine;
      });
    },
    drop: () => socket?.terminate(),
    pause() {
      const paused = socket;
      paused?.pause();
      return () => paused?.resume();
    },
    close,
  };
}
