import * as z from "zod/mini";
import type { Subscriber } from "../domain/ports/live.ts";

/** Bytes that may wait for a client before it gets no more deltas, until it has read them. */
const MAX_DELTA_QUEUE_BYTES = 64 * 1024;
/** Bytes that may wait before its stream ends; it resumes from its cursor. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Proxies cut a connection that is silent for long. */
export const COMMENT_MS = 15_000;

/** What of a server frame decides how it stands in the stream. */
const Frame = z.object({
  type: z.string(),
  id: z.optional(z.string()),
  cursor: z.optional(z.string()),
  event: z.optional(z.object({ type: z.string() })),
});

/** Why a stream is over: its client left, reads too slowly, or was told all or must come back. */
export type StreamEnd = "left" | "slow" | "done";

/** One client's view of a conversation as server-sent events. */
export interface EventStream extends Subscriber {
  readonly body: ReadableStream<Uint8Array>;
  /** From now on the bounds hold: what came before is the answer to the subscription. */
  live(): void;
  /** Ends the stream after what is queued. */
  end(): void;
}

/** What a stream tells of its client. */
export interface EventStreamListener {
  /** It has read what was queued: deltas that were refused may follow. */
  hasRoom(): void;
  /** Called once. */
  ended(reason: StreamEnd): void;
}

/** A stream of frames. */
export function createEventStream(listener: EventStreamListener): EventStream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let allowedBytes = MAX_QUEUED_BYTES;
  let isLive = false;
  let isBehind = false;

  const body = new ReadableStream<Uint8Array>(
    {
      start(started) {
        controller = started;
      },
      pull() {
        if (!isBehind) return;
        isBehind = false;
        listener.hasRoom();
      },
      cancel: () => over("left"),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_DELTA_QUEUE_BYTES }),
  );
  const comments = setInterval(() => write(": \n\n"), COMMENT_MS);

  function queuedBytes(): number {
    return MAX_DELTA_QUEUE_BYTES - (controller?.desiredSize ?? MAX_DELTA_QUEUE_BYTES);
  }

  function over(reason: StreamEnd): void {
    if (controller === undefined) return;
    clearInterval(comments);
    // What is queued is still read, so that even a slow client moves on before it comes back.
    if (reason !== "left") controller.close();
    controller = undefined;
    listener.ended(reason);
  }

  function write(text: string): void {
    if (controller === undefined) return;
    const bytes = encoder.encode(text);
    if (!isLive) allowedBytes += bytes.byteLength;
    if (queuedBytes() > allowedBytes) over("slow");
    else controller.enqueue(bytes);
  }

  return {
    body,
    send(frame) {
      const { type, id, cursor, event } = Frame.parse(JSON.parse(frame));
      // A snapshot's cursor too: a browser that reconnects before any event resumes from it.
      const resume = id ?? cursor;
      const name = event?.type ?? type;
      write(`${resume === undefined ? "" : `id: ${resume}\n`}event: ${name}\ndata: ${frame}\n\n`);
      // Nothing can follow; coming back tells the client that the conversation is gone.
      if (name === "conversation.deleted") over("done");
    },
    sendDelta(frame) {
      isBehind ||= queuedBytes() >= MAX_DELTA_QUEUE_BYTES;
      if (!isBehind) write(`event: delta\ndata: ${frame}\n\n`);
      return !isBehind;
    },
    reset: () => over("done"),
    live() {
      isLive = true;
    },
    end: () => over("done"),
  };
}
