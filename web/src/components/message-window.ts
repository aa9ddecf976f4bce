import type { MessageId } from "../../../src/protocol/ids.ts";
import type { Path } from "../state/conversation-tree.ts";

/** So many messages are on the page at first, and so many more each time the reader nears the top. */
export const WINDOW = 60;

/** The part of a path that is on the page: all from one message on. */
export interface MessageWindow {
  readonly start: number;
  /** The message it begins with, which stays the first however the path grows. */
  readonly first: MessageId | undefined;
}

/** Nothing on the page yet. */
export const NO_WINDOW: MessageWindow = { start: 0, first: undefined };

/**
 * The part of `path` to show after `before`; `atEnd` where the reader is there, and misses nothing
 * that is taken away far above.
 */
export function windowOf(path: Path, before: MessageWindow, atEnd: boolean): MessageWindow {
  const end = Math.max(0, path.length - WINDOW);
  const known = path.findIndex(({ message }) => message.id === before.first);
  if (known < 0 || (atEnd && known < end - WINDOW)) return from(path, end);
  // What was loaded because the reader had come to the top is shown.
  return from(path, before.start === 0 ? Math.max(0, known - WINDOW) : known);
}

/** Shows more above; with `at`, as far as that place in the path. */
export function widen(path: Path, before: MessageWindow, at = before.start): MessageWindow {
  const more = at === before.start ? WINDOW : WINDOW / 4;
  return from(path, Math.max(0, Math.min(before.start, at - more)));
}

function from(path: Path, start: number): MessageWindow {
  return { start, first: path[start]?.message.id };
}
