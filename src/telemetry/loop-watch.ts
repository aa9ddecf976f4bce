/** How often the event loop is asked to come round, in ms. */
const EVERY_MS = 500;
/** How late is too late, in ms. */
const LATE_MS = 2_000;
/** So many in a row, and nothing that waits for this process is answered in time. */
const TURNS = 10;

/** Whether the event loop keeps up. */
export interface LoopWatch {
  /** True while every one of the last turns came too late. */
  lagging(): boolean;
  stop(): void;
}

/**
 * Watches for a loop that comes round, and always too late: one that stands still answers no probe
 * anyway, and one that stood still once (a frozen machine, a suspended node) needs no restart.
 */
export function watchLoop(
  options: { readonly everyMs?: number; readonly lateMs?: number; readonly turns?: number } = {},
): LoopWatch {
  const { everyMs = EVERY_MS, lateMs = LATE_MS, turns = TURNS } = options;
  let late = 0;
  let timer: NodeJS.Timeout;

  function wait(): void {
    const due = performance.now() + everyMs;
    timer = setTimeout(() => {
      late = performance.now() - due >= lateMs ? late + 1 : 0;
      wait();
    }, everyMs).unref();
  }
  wait();

  return {
    lagging: () => late >= turns,
    stop: () => clearTimeout(timer),
  };
}
