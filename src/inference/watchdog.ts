/** How long a model server may be silent, in milliseconds. */
export interface Patience {
  readonly firstTokenMs: number;
  readonly betweenTokensMs: number;
}

/** Calls when no text came for too long. Fed by text alone: a hung server may well send comments. */
export interface Watchdog {
  /** The consumer has the word: its time does not count. */
  pause(): void;
  /** Text came, and the next is waited for. */
  fed(): void;
  stop(): void;
}

/** A watchdog that runs at once, and calls `bark` at most once. */
export function createWatchdog(patience: Patience, bark: () => void): Watchdog {
  let paused = false;
  let first = true;
  let timer = setTimeout(check, patience.firstTokenMs);

  function check(): void {
    if (paused) timer.refresh();
    else bark();
  }

  return {
    pause() {
      paused = true;
    },
    fed() {
      paused = false;
      if (!first) {
        timer.refresh();
        return;
      }
      first = false;
      clearTimeout(timer);
      timer = setTimeout(check, patience.betweenTokensMs);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
