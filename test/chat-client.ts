import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { applyDelta, type GenerationText, UNSEEN } from "../src/protocol/apply-delta.ts";
import type { Conversation } from "../src/protocol/conversation.ts";
import { isEndEvent } from "../src/protocol/events.ts";
import { ServerFrame } from "../src/protocol/frames.ts";
import type { Message } from "../src/protocol/message.ts";

/** How a generation stands on one screen. */
export interface SeenGeneration extends GenerationText {
  readonly status: "queued" | "running" | "finished" | "stopped" | "failed";
}

/** A program that uses the public contract alone, over HTTP and one socket. */
export interface ChatClient {
  readonly frames: readonly ServerFrame[];
  readonly generations: ReadonlyMap<string, SeenGeneration>;
  /** The id of the last event applied, by conversation. */
  readonly cursors: ReadonlyMap<string, string>;
  /** The close code, once closed. */
  readonly closed: Promise<number>;
  send(frame: object | string): void;
  /** Resolves with the first frame, seen or to come, that fits. */
  frame(fits: (frame: ServerFrame) => boolean): Promise<ServerFrame>;
  /** Resolves once the generation has ended on this screen. */
  ended(generationId: string): Promise<SeenGeneration>;
  close(): void;
}

export interface ClientOptions {
  readonly user?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** HTTP as a program speaks it. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  { user = "alice", headers = {} }: ClientOptions = {},
): Promise<Response> {
  return await fetch(`${url}${path}`, {
    method,
    headers: {
      "X-Forwarded-User": user,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

export async function createConversation(url: string, user?: string): Promise<Conversation> {
  const response = await call(url, "POST", "/api/conversations", {}, user ? { user } : {});
  return (await response.json()) as Conversation;
}

export async function storedMessages(url: string, id: string): Promise<Message[]> {
  const response = await call(url, "GET", `/api/conversations/${id}/messages?limit=200`);
  return ((await response.json()) as { items: Message[] }).items;
}

/** Opens a socket; rejects with the HTTP status of a refused upgrade. */
export async function connect(
  url: string,
  { user = "alice", headers = {} }: ClientOptions = {},
): Promise<ChatClient> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/ws`, {
    headers: { "X-Forwarded-User": user, ...headers },
  });
  const frames: ServerFrame[] = [];
  const waiting = new Set<() => void>();
  const generations = new Map<string, SeenGeneration>();
  const cursors = new Map<string, string>();
  const closed = new Promise<number>((resolve) => socket.on("close", resolve));
  onTestFinished(() => socket.terminate());

  function apply(frame: ServerFrame): void {
    if (frame.type === "subscribed") {
      cursors.set(frame.conversationId, frame.cursor);
      for (const { generationId, status, fence, text, reasoning = "" } of frame.generations) {
        generations.set(generationId, { status, fence, text, reasoning });
      }
    } else if (frame.type === "delta") {
      const mine = generations.get(frame.generationId) ?? { ...UNSEEN, status: "running" };
      const next = applyDelta(mine, frame);
      if (next === "gap") throw new Error("a gap reached a client");
      generations.set(frame.generationId, { ...mine, ...next });
    } else if (frame.type === "event" && "conversationId" in frame) {
      const { event, id, conversationId } = frame;
      if (id !== undefined) cursors.set(conversationId, id);
      if (isEndEvent(event)) {
        const mine = generations.get(event.generationId) ?? { ...UNSEEN, status: "running" };
        if (mine.text.length !== event.length) throw new Error("the end came before the text");
        const status = event.type.slice("generation.".length) as SeenGeneration["status"];
        generations.set(event.generationId, { ...mine, status });
      }
    }
  }

  socket.on("message", (data) => {
    const frame = ServerFrame.parse(JSON.parse(data.toString()));
    apply(frame);
    frames.push(frame);
    for (const look of [...waiting]) look();
  });

  function until<Result>(find: () => Result | undefined): Promise<Result> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      closed.then((code) => reject(new Error(`closed with ${code}`)), reject);
      waiting.add(look);
      look();
    });
  }

  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("unexpected-response", (_request, response) => {
      reject(new Error(`refused with ${response.statusCode}`));
    });
    socket.once("error", reject);
  });
  return {
    frames,
    generations,
    cursors,
    closed,
    send: (frame) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
    frame: (fits) => until(() => frames.find(fits)),
    ended: (id) =>
      until(() => {
        const seen = generations.get(id);
        return seen && seen.status !== "queued" && seen.status !== "running" ? seen : undefined;
      }),
    close: () => socket.close(),
  };
}

/** Asks over the socket; resolves with the generation once the question is acknowledged. */
export async function ask(
  client: ChatClient,
  conversationId: string,
  content: string,
  extra: object = {},
): Promise<{ messageId: string; generationId: string }> {
  const messageId = crypto.randomUUID();
  client.send({ type: "send", conversationId, messageId, content, ...extra });
  const ack = await client.frame((one) => one.type === "ack" && one.messageId === messageId);
  if (ack.type !== "ack") throw new Error("no ack");
  return { messageId, generationId: ack.generationId };
}
