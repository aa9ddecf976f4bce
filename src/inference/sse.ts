import { mapped } from "./iterate.ts";
import { UpstreamError } from "./upstream-error.ts";

/** One server-sent event. */
export interface SseEvent {
  /** The `event:` field, or `error` for the field of that name which old llama.cpp builds send. */
  readonly event: string;
  readonly data: string;
}

/** The largest event taken, in UTF-16 units: far above any token, far below what hurts. */
const MAX_EVENT_LENGTH = 1_048_576;

const LF = 10;
const CR = 13;

interface SseParser {
  /** The events that `text` completes, in order. */
  push(text: string): readonly SseEvent[];
  /** The last event, where the stream ended without its blank line. */
  end(): readonly SseEvent[];
}

function createSseParser(maxEventLength: number): SseParser {
  let line = "";
  let skipLineFeed = false;
  let event = "";
  let data: string[] = [];
  let length = 0;
  let complete: SseEvent[] = [];

  function dispatch(): void {
    if (data.length > 0) complete.push({ event: event || "message", data: data.join("\n") });
    event = "";
    data = [];
    length = 0;
  }

  function readLine(text: string): void {
    if (text === "") {
      dispatch();
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const start = text[colon + 1] === " " ? colon + 2 : colon + 1;
    const value = colon < 0 ? "" : text.slice(start);
    if (field === "data" || field === "error") {
      if (field === "error") event = "error";
      data.push(value);
      length += value.length;
    } else if (field === "event") {
      event = value;
    }
  }

  function take(): readonly SseEvent[] {
    const events = complete;
    complete = [];
    return events;
  }

  return {
    push(text) {
      let start = skipLineFeed && text.charCodeAt(0) === LF ? 1 : 0;
      if (text !== "") skipLineFeed = false;
      for (let at = start; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        if (code !== LF && code !== CR) continue;
        const whole = line + text.slice(start, at);
        line = "";
        // A CR ends the line at once; its LF may come with the next chunk, or never.
        if (code === CR && at + 1 === text.length) skipLineFeed = true;
        else if (code === CR && text.charCodeAt(at + 1) === LF) at += 1;
        start = at + 1;
        readLine(whole);
      }
      line += text.slice(start);
      if (line.length + length > maxEventLength) {
        throw new UpstreamError("incomplete", "The model server sent an event that is too large.");
      }
      return take();
    },
    end() {
      if (line !== "") readLine(line);
      line = "";
      dispatch();
      return take();
    },
  };
}

/**
 * The events of a byte stream, in order, cut in any way: comments and unknown fields are skipped,
 * lines end in LF, CR or CRLF, and the last event needs no blank line.
 * @throws UpstreamError `incomplete` for an event longer than `maxEventLength` UTF-16 units.
 */
export function readSse(
  chunks: AsyncIterable<Uint8Array>,
  maxEventLength = MAX_EVENT_LENGTH,
): AsyncIterableIterator<SseEvent> {
  const parser = createSseParser(maxEventLength);
  const decoder = new TextDecoder();
  return mapped(chunks, {
    push: (chunk) => parser.push(decoder.decode(chunk, { stream: true })),
    end: () => [...parser.push(decoder.decode()), ...parser.end()],
  });
}
