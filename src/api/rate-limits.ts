/** Senders that are remembered; one that was forgotten begins anew. */
const MAX_KEYS = 20_000;
/** How many seconds' worth a sender may ask at once. */
const BURST_SECONDS = 30;

interface Bucket {
  left: number;
  at: number;
}

/** Bounds how often each of many may do something. */
export interface RateLimits {
  /** Takes one; false where none is left. */
  take(key: string): boolean;
  /** Whether one is left. */
  has(key: string): boolean;
}

/** Lets each key `perSecond` on average, and half a minute's worth at once; 0 is no bound. */
export function createRateLimits(
  perSecond: number,
  now: () => number = () => performance.now(),
): RateLimits {
  const burst = perSecond * BURST_SECONDS;
  /** The longest unused first. */
  const buckets = new Map<string, Bucket>();

  const leftOf = (key: string, time: number) => {
    const { left = burst, at = time } = buckets.get(key) ?? {};
    return Math.min(burst, left + ((time - at) / 1_000) * perSecond);
  };

  return {
    take(key) {
      if (perSecond === 0) return true;
      const time = now();
      const left = leftOf(key, time);
      buckets.delete(key);
      buckets.set(key, { left: left < 1 ? left : left - 1, at: time });
      const [oldest] = buckets.keys();
      if (buckets.size > MAX_KEYS && oldest !== undefined) buckets.delete(oldest);
      return left >= 1;
    },
    has: (key) => perSecond === 0 || leftOf(key, now()) >= 1,
  };
}
