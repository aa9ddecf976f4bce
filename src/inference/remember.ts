/** How long an answer stays good, in milliseconds. */
const FRESH_MS = 60_000;
/** How long a server that did not answer is left alone, in milliseconds. */
const REST_MS = 5_000;

/**
 * Asks once, and again when the answer is old; the last one stands in while the server is away, and
 * undefined where there never was one. Never rejects but by `signal`.
 */
export function remember<Value>(
  ask: (signal: AbortSignal) => Promise<Value>,
): (signal: AbortSignal) => Promise<Value | undefined> {
  let last: Value | undefined;
  let askAgainAt = 0;

  return async (signal) => {
    signal.throwIfAborted();
    if (Date.now() < askAgainAt) return last;
    try {
      last = await ask(signal);
      askAgainAt = Date.now() + FRESH_MS;
    } catch {
      signal.throwIfAborted();
      askAgainAt = Date.now() + REST_MS;
    }
    return last;
  };
}
