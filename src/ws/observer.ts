import type { ClientFrame } from "../protocol/frames.ts";
import type { ConversationId, GenerationId } from "../protocol/ids.ts";
import type { ErrorCode } from "../protocol/problem.ts";

/** Sees one frame of a client being acted on. */
export interface FrameWatch {
  /** For what the frame leads to. */
  readonly traceparent: string | undefined;
  /** `code` where it failed. Only once. */
  done(code: ErrorCode | undefined, generationId?: GenerationId): void;
}

/** Sees one socket. Cheap, and never throws. */
export interface SocketWatch {
  opened(): void;
  /** `conversationId` where the frame is valid. */
  frame(type: ClientFrame["type"], conversationId?: ConversationId): FrameWatch;
  /** The socket has no room for more. */
  fellBehind(): void;
  closed(code: number): void;
}

/** Sees what the subscriptions of this process go through. */
export interface HubWatch {
  /** How a `subscribe` was answered. */
  subscribed(mode: "replay" | "snapshot"): void;
  /** Something did not follow what was there, or may have been missed: it is read from the store. */
  gap(cause: GapCause): void;
  /** The log is not the one that it was. */
  rolledBack(): void;
  /** A viewer got as one delta what its transport had no room for. */
  merged(): void;
}

/** `check` is the look now and then, and counts only where it found something. */
export type GapCause = "delta" | "take_over" | "event" | "end" | "reconnected" | "check";

const UNSEEN_FRAME: FrameWatch = { traceparent: undefined, done: () => undefined };

/** Nobody looks. */
export const UNSEEN_SOCKET: SocketWatch = {
  opened: () => undefined,
  frame: () => UNSEEN_FRAME,
  fellBehind: () => undefined,
  closed: () => undefined,
};

/** Nobody looks. */
export const UNSEEN_HUB: HubWatch = {
  subscribed: () => undefined,
  gap: () => undefined,
  rolledBack: () => undefined,
  merged: () => undefined,
};
