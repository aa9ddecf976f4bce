import type { WebSocket } from "ws";
import { CLOSE } from "../protocol/frames.ts";

/** Bytes waiting in a socket above which it gets no more deltas. */
const SLOW_BYTES = 64 * 1024;
/** Bytes below which a slow socket has room again. */
const DRAINED_BYTES = 16 * 1024;
/** Bytes that may wait in a socket, the next frame included. */
const MAX_BYTES = 1024 * 1024;
/** How often a slow socket is looked at, in ms. */
const LOOK_MS = 25;
/** How long a slow socket may take nothing, in ms. */
const STUCK_MS = 15_000;
/** How long a socket that was told to close may stay, in ms. */
const CLOSING_MS = 8_000;

/** What waits for one socket: bounded, and never in the way of other sockets. */
export interface Outbox {
  /** Sends one serialised frame. Closes with 4408 where too much waits already. */
  send(frame: string): void;
  /** False when the socket is slow: the frame was not taken, and `onDrained` follows. */
  sendDelta(frame: string): boolean;
  /** Closes, and ends the connection where the other side does not answer. */
  close(code: number, reason: string): void;
}

export function createOutbox(
  socket: WebSocket,
  onDrained: () => void,
  onBehind: () => void = () => undefined,
): Outbox {
  let looking: NodeJS.Timeout | undefined;
  let closing = false;

  function close(code: number, reason: string): void {
    if (closing) return;
    closing = true;
    clearInterval(looking);
    socket.close(code, reason);
    const timer = setTimeout(() => socket.terminate(), CLOSING_MS);
    socket.once("close", () => clearTimeout(timer));
  }

  /** Watches a slow socket until it has room, is stuck, or is gone. */
  function look(): void {
    if (looking !== undefined) return;
    onBehind();
    let least = socket.bufferedAmount;
    let movedAt = performance.now();
    looking = setInterval(() => {
      const waiting = socket.bufferedAmount;
      if (waiting < least) {
        least = waiting;
        movedAt = performance.now();
      }
      if (waiting <= DRAINED_BYTES) {
        clearInterval(looking);
        looking = undefined;
        onDrained();
      } else if (performance.now() - movedAt > STUCK_MS) {
        close(CLOSE.TOO_SLOW, "too slow");
      }
    }, LOOK_MS);
    socket.once("close", () => clearInterval(looking));
  }

  return {
    send(frame) {
      if (closing || socket.readyState !== socket.OPEN) return;
      const waiting = socket.bufferedAmount;
      // One frame alone may be longer; behind others it must fit.
      if (waiting > 0 && waiting + frame.length > MAX_BYTES) {
        close(CLOSE.TOO_SLOW, "too slow");
        return;
      }
      socket.send(frame);
      if (socket.bufferedAmount > SLOW_BYTES) look();
    },
    sendDelta(frame) {
      if (closing || socket.readyState !== socket.OPEN) return true;
      if (looking !== undefined || socket.bufferedAmount > SLOW_BYTES) {
        look();
        return false;
      }
      socket.send(frame);
      return true;
    },
    close,
  };
}
