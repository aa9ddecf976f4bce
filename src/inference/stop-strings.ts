/** Lets text through up to a stop string, however it is cut into pieces. */
export interface StopCutter {
  /** What of `text`, and of what was held back before, may be shown. */
  push(text: string): string;
  /** What was held back, once nothing follows. */
  flush(): string;
  /** True once a stop string came: nothing more is to be shown. */
  readonly stopped: boolean;
}

/** The length of the longest end of `text` with which one of `stops` begins. */
function openEnd(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(stop.slice(0, length))) longest = length;
    }
  }
  return longest;
}

function endsInHighSurrogate(text: string): boolean {
  return (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800;
}

/**
 * Holds back what may become a stop string, and half of a surrogate pair. What it lets through is
 * well-formed.
 * @param stops Not empty strings. They are no part of the text.
 * @param shown What was shown before: a stop string may begin in it.
 */
export function createStopCutter(stops: readonly string[], shown = ""): StopCutter {
  const overlap = Math.max(0, ...stops.map(({ length }) => length - 1));
  const tailOf = (text: string) => (overlap === 0 ? "" : text.slice(-overlap));
  let tail = tailOf(shown);
  let held = "";
  let stopped = false;

  function firstStop(text: string): number | undefined {
    const found = stops
      .map((stop) => text.indexOf(stop, Math.max(0, tail.length - stop.length + 1)))
      .filter((at) => at >= 0);
    return found.length === 0 ? undefined : Math.min(...found);
  }

  return {
    get stopped() {
      return stopped;
    },
    push(text) {
      if (stopped) return "";
      const fresh = held + text;
      const all = tail + fresh;
      const stop = firstStop(all);
      if (stop !== undefined) {
        stopped = true;
        held = "";
        return all.slice(tail.length, Math.max(tail.length, stop)).toWellFormed();
      }
      const open = Math.max(openEnd(all, stops), endsInHighSurrogate(fresh) ? 1 : 0);
      const certain = Math.max(0, fresh.length - open);
      held = fresh.slice(certain);
      const released = fresh.slice(0, certain);
      tail = tailOf(tail + released);
      return released.toWellFormed();
    },
    flush() {
      const rest = held.toWellFormed();
      held = "";
      return rest;
    },
  };
}
