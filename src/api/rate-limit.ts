import { ChatError } from "../domain/errors.ts";

/** Lets `perSecond` through on average, and `burst` at once. @throws ChatError `limited`. */
export function createRateLimit(
  perSecond: number,
  burst: number,
  now: () => number = () => performance.now(),
): () => void {
  let left = burst;
  let at = now();
  return () => {
    const time = now();
    left = Math.min(burst, left + ((time - at) / 1_000) * perSecond);
    at = time;
    if (left < 1) {
      throw new ChatError("limited", "Too many requests at once.", { retryAfterMs: 1_000 });
    }
    left -= 1;
  };
}
