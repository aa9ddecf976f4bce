/** The longest pause between two flushes, in ms. */
const MAX_WINDOW_MS = 250;
/** Busier than this, this process has no time for a flush a token. */
const IDLE_UTILIZATION = 0.3;
/** At this the window is at its longest. */
const FULL_UTILIZATION = 0.9;
/** A slower append, in ms, shows a store that is busy itself. */
const IDLE_APPEND_MS = 25;
/** How often the utilisation is looked at, in ms. */
const LOOK_MS = 200;
/** Windows end together, in ms: what ends together is appended with one call. */
const GRID_MS = 10;

let seen = performance.eventLoopUtilization();
let seenAt = performance.now();
let utilization = 0;

/** How busy the event loop of this process is, 0 to 1, smoothed over about a second. */
function lookAtLoad(now: number): number {
  if (now - seenAt >= LOOK_MS) {
    const current = performance.eventLoopUtilization();
    utilization +=
      0.3 * (performance.eventLoopUtilization(current, seen).utilization - utilization);
    seen = current;
    seenAt = now;
  }
  return utilization;
}

/**
 * How long text waits for more of it after a flush, in ms: not at all while nobody is busy, the longer
 * the busier. A frame a token is what costs most, and a screen shows no more than a few a second.
 * @param appendMs What an append took of late.
 */
export function flushWindowMs(appendMs: number): number {
  const now = performance.now();
  const busy = (lookAtLoad(now) - IDLE_UTILIZATION) / (FULL_UTILIZATION - IDLE_UTILIZATION);
  const slow = appendMs > IDLE_APPEND_MS ? 2 * appendMs : 0;
  const window = Math.min(MAX_WINDOW_MS, Math.max(slow, MAX_WINDOW_MS * busy));
  if (window <= 0) return 0;
  return Math.ceil((now + window) / GRID_MS) * GRID_MS - now;
}
