import { wholeWordsUntil } from "./whole-words.ts";

/**
 * Text that has arrived is shown within this many milliseconds; with the three pictures that may
 * pass until it is noticed, written and drawn, within 100.
 */
export const LATEST_MS = 48;

/** A piece of text on its way to the screen: from `begin` to `due` all of it up to `end` appears. */
interface Arrival {
  readonly end: number;
  readonly begin: number;
  readonly due: number;
}

/** How much of a growing text is on the screen, and what is on its way. */
export interface Pace {
  /** In UTF-16 units. */
  readonly shown: number;
  readonly arrivals: readonly Arrival[];
}

/** A text of which `length` is shown at once: what was there before one came. */
export function paceFrom(length: number): Pace {
  return { shown: length, arrivals: [] };
}

/** More has arrived at `now`, so that the text has `length`; or (a take-over truncated it) less. */
export function arrive(pace: Pace, length: number, now: number): Pace {
  const last = pace.arrivals.at(-1);
  const known = last?.end ?? pace.shown;
  if (length < known) return paceFrom(Math.min(pace.shown, length));
  if (length === known) return pace;
  // Each piece takes its turn after the one before: bursts become an even flow.
  const begin = Math.max(now, last?.due ?? now);
  const arrival = { end: length, begin, due: now + LATEST_MS };
  return { ...pace, arrivals: [...pace.arrivals, arrival] };
}

/** What of `text` is shown at `now`: whole words in the flow, and everything that is due. */
export function advance(pace: Pace, text: string, now: number): Pace {
  const next = pace.arrivals.findIndex(({ due }) => due > now);
  const coming = next < 0 ? [] : pace.arrivals.slice(next);
  const due = (next < 0 ? pace.arrivals.at(-1) : pace.arrivals[next - 1])?.end ?? pace.shown;
  const [flowing] = coming;
  if (!flowing) return paceFrom(Math.max(pace.shown, due));
  const from = Math.max(pace.shown, due);
  const share = (now - flowing.begin) / Math.max(1, flowing.due - flowing.begin);
  const start = pace.arrivals[next - 1]?.end ?? Math.min(pace.shown, flowing.end);
  const flown = start + Math.max(0, Math.min(1, share)) * (flowing.end - start);
  const shown = wholeWordsUntil(text.slice(0, flowing.end), from, Math.floor(flown));
  return { shown: Math.max(from, shown), arrivals: pace.arrivals.slice(Math.max(0, next - 1)) };
}
