import type { BreakerState } from "./observer.ts";

/** Failures in a row after which an endpoint is left alone. */
const MAX_FAILURES = 3;
/** For how long, in milliseconds, before one request may try it. */
const OPEN_MS = 10_000;

/** One use of an endpoint. The first call of either kind counts, later ones do nothing. */
export interface Permit {
  succeeded(): void;
  failed(): void;
  /** The use ended and says nothing of the endpoint. */
  left(): void;
}

/**
 * Keeps requests from an endpoint that fails, so that they go to the next at once: closed, open
 * after some failures in a row, then half-open for one request that decides.
 */
export interface Breaker {
  /** Undefined while the endpoint is to be left alone. */
  enter(): Permit | undefined;
  /** A permit in any state, for want of another endpoint. */
  force(): Permit;
  state(): BreakerState;
}

export interface BreakerOptions {
  readonly maxFailures?: number;
  readonly openMs?: number;
  /** Told of each change of state, when a request brings it about. */
  readonly onChange?: (to: BreakerState) => void;
}

/** A closed breaker. */
export function createBreaker(options: BreakerOptions = {}): Breaker {
  const { maxFailures = MAX_FAILURES, openMs = OPEN_MS, onChange = () => undefined } = options;
  let failures = 0;
  let openUntil = 0;
  let trying = false;

  function permit(trial: boolean): Permit {
    let settled = false;
    const settle = (effect: () => void) => () => {
      if (settled) return;
      settled = true;
      if (trial) trying = false;
      effect();
    };
    return {
      succeeded: settle(() => {
        if (failures >= maxFailures) onChange("closed");
        failures = 0;
      }),
      failed: settle(() => {
        failures += 1;
        if (failures < maxFailures) return;
        const wasOpen = failures > maxFailures && !trial;
        openUntil = performance.now() + openMs;
        if (!wasOpen) onChange("open");
      }),
      left: settle(() => {}),
    };
  }

  return {
    enter() {
      if (failures < maxFailures) return permit(false);
      if (trying || performance.now() < openUntil) return undefined;
      trying = true;
      onChange("half_open");
      return permit(true);
    },
    force: () => permit(false),
    state() {
      if (failures < maxFailures) return "closed";
      return performance.now() < openUntil ? "open" : "half_open";
    },
  };
}
