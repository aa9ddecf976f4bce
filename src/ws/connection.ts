import { ChatError } from "../domain/errors.ts";
import type { LiveChannel, Subscription, SubscriptionHub } from "../domain/ports/live.ts";
import type { Regenerate } from "../domain/regenerate.ts";
import type { SendMessage } from "../domain/send-message.ts";
import type { StopGeneration } from "../domain/stop-generation.ts";
import { CLIENT_FRAME_TYPES, CLOSE, ClientFrame, type ServerFrame } from "../protocol/frames.ts";
import type { ConversationId, GenerationId, UserId } from "../protocol/ids.ts";
import { ErrorCode } from "../protocol/problem.ts";
import type { User } from "../protocol/session.ts";
import { type SocketWatch, UNSEEN_SOCKET } from "./observer.ts";
import type { Outbox } from "./outbox.ts";

/** How often a client should ping, in ms. */
const PING_INTERVAL_MS = 20_000;
/** Conversations one socket may watch. */
const MAX_SUBSCRIPTIONS = 100;
/** Frames of one socket that may wait for their turn. */
const MAX_WAITING = 256;

export interface ConnectionDeps {
  readonly hub: SubscriptionHub;
  readonly live: LiveChannel;
  readonly sendMessage: SendMessage;
  readonly regenerate: Regenerate;
  readonly stopGeneration: StopGeneration;
  /** Told of what is no caller's fault. */
  readonly onError: (error: unknown, requestId: string) => void;
}

/** One client's side of the protocol, without its socket. */
export interface Connection {
  /** Takes one text frame. Frames take effect in their order. */
  receive(raw: string): void;
  /** The socket has room again. */
  drained(): void;
  /** Ends all subscriptions. */
  close(): void;
}

export function openConnection(
  deps: ConnectionDeps,
  user: User & { readonly id: UserId },
  outbox: Outbox,
  watch: SocketWatch = UNSEEN_SOCKET,
): Connection {
  const subscriptions = new Map<ConversationId, Subscription>();
  let waiting = 0;
  let turn = Promise.resolve();
  let closed = false;
  let unwatchUser: (() => Promise<void>) | undefined;

  const send = (frame: ServerFrame) => outbox.send(JSON.stringify(frame));

  function fail(error: unknown, ref: string | undefined): ErrorCode {
    const requestId = crypto.randomUUID();
    const code = error instanceof ChatError ? ErrorCode.safeParse(error.code) : undefined;
    if (!(error instanceof ChatError) || code?.success !== true) {
      deps.onError(error, requestId);
      const message = "Something went wrong here.";
      send({ type: "error", code: "internal", message, requestId, ...(ref ? { ref } : {}) });
      return "internal";
    }
    const { message } = error;
    send({ type: "error", code: code.data, message, requestId, ...(ref ? { ref } : {}) });
    return code.data;
  }

  async function watchUser(): Promise<void> {
    const unwatch = await deps.live.watchUser(user.id, {
      frame: (frame) => outbox.send(frame),
      reconnected: () =>
        send({ type: "event", log: "user", event: { type: "conversations.changed" } }),
    });
    if (closed) await unwatch();
    else unwatchUser = unwatch;
  }

  async function subscribe(frame: ClientFrame & { type: "subscribe" }): Promise<void> {
    const { conversationId, after } = frame;
    unsubscribe(conversationId);
    if (subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw new ChatError("limited", "This connection watches too many conversations.");
    }
    const subscription = await deps.hub.subscribe(user.id, conversationId, after, {
      send: outbox.send,
      sendDelta: outbox.sendDelta,
      reset: () => outbox.close(CLOSE.DRAINING, "start over"),
    });
    if (closed) subscription.leave();
    else subscriptions.set(conversationId, subscription);
  }

  function unsubscribe(id: ConversationId): void {
    subscriptions.get(id)?.leave();
    subscriptions.delete(id);
  }

  /** @returns the generation that the frame is about. */
  async function act(
    frame: ClientFrame,
    traceparent: string | undefined,
  ): Promise<GenerationId | undefined> {
    const owner = user.id;
    switch (frame.type) {
      case "subscribe":
        await subscribe(frame);
        break;
      case "unsubscribe":
        unsubscribe(frame.conversationId);
        break;
      case "send": {
        const { type: _, ...message } = frame;
        const { messageId, generationId } = await deps.sendMessage({
          owner,
          traceparent,
          ...message,
        });
        send({ type: "ack", messageId, generationId });
        return generationId;
      }
      case "regenerate": {
        const { type: _, requestId, continue: continueFrom, ...request } = frame;
        const { generationId } = await deps.regenerate({
          owner,
          requestId,
          traceparent,
          continueFrom,
          ...request,
        });
        send({ type: "ack", requestId, generationId });
        return generationId;
      }
      case "stop": {
        const { conversationId, generationId, requestId } = frame;
        await deps.stopGeneration({ owner, conversationId, generationId });
        if (requestId !== undefined) send({ type: "ack", requestId, generationId });
        return generationId;
      }
      case "ping":
        send({ type: "pong", at: frame.at });
        break;
      case "typing":
        break;
      default:
        frame satisfies never;
    }
    return undefined;
  }

  send({ type: "hello", protocol: 1, user, pingIntervalMs: PING_INTERVAL_MS });
  // The list may have changed before the watch began; a client fetches it after every `hello`.
  watchUser().then(
    () => send({ type: "event", log: "user", event: { type: "conversations.changed" } }),
    () => outbox.close(CLOSE.TRY_LATER, "try later"),
  );

  return {
    receive(raw) {
      const frame = parseFrame(raw);
      if (frame === undefined) {
        outbox.close(CLOSE.BAD_FRAME, "bad frame");
        return;
      }
      if (!isKnown(frame)) return;
      const ref = refOf(frame);
      const parsed = ClientFrame.safeParse(frame);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`;
        watch.frame(frame.type).done(fail(new ChatError("invalid", reason), ref));
        return;
      }
      if (parsed.data.type === "ping") {
        send({ type: "pong", at: parsed.data.at });
        return;
      }
      const seen = watch.frame(parsed.data.type, parsed.data.conversationId);
      if (waiting >= MAX_WAITING) {
        const limited = new ChatError("limited", "Too many frames at once.", {
          retryAfterMs: 1_000,
        });
        seen.done(fail(limited, ref));
        return;
      }
      waiting += 1;
      turn = turn
        .then(() => (closed ? undefined : act(parsed.data, seen.traceparent)))
        .then(
          (generationId) => seen.done(undefined, generationId),
          (error: unknown) => seen.done(fail(error, ref)),
        )
        .finally(() => {
          waiting -= 1;
        });
    },

    drained() {
      for (const subscription of subscriptions.values()) subscription.resume();
    },

    close() {
      closed = true;
      for (const subscription of subscriptions.values()) subscription.leave();
      subscriptions.clear();
      unwatchUser?.().catch((error: unknown) => deps.onError(error, crypto.randomUUID()));
    },
  };
}

type Tagged = Readonly<Record<string, unknown>> & { readonly type: string };

function isKnown(frame: Tagged): frame is Tagged & { readonly type: ClientFrame["type"] } {
  return CLIENT_FRAME_TYPES.has(frame.type);
}

/** A JSON object with a string `type`, whatever it is; `undefined` for anything else. */
function parseFrame(raw: string): Tagged | undefined {
  try {
    const frame: unknown = JSON.parse(raw);
    return isTagged(frame) ? frame : undefined;
  } catch {
    return undefined;
  }
}

function isTagged(frame: unknown): frame is Tagged {
  return (
    typeof frame === "object" && frame !== null && "type" in frame && typeof frame.type === "string"
  );
}

/** What an error frame is about. */
function refOf(frame: Tagged): string | undefined {
  const { messageId, requestId, generationId, conversationId } = frame;
  return [messageId, requestId, generationId, conversationId].find(
    (id) => typeof id === "string" && id.length <= 64,
  ) as string | undefined;
}
