const FIRST_MS = 400;
const LONGEST_MS = 15_000;

/**
 * How long to wait before try `attempt` (from 0): anything up to a bound that doubles, so that
 * thousands of pages that lost one server do not come back in step.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
}
