/** The longest that a client may wait for an answer. */
export const MAX_WAIT_SECONDS = 60;

/**
 * The seconds of `wait` in a `Prefer` header (RFC 7240), at most `MAX_WAIT_SECONDS`; 0 where it is
 * not there or makes no sense: a preference is never an error.
 */
export function waitSecondsIn(prefer: string | undefined): number {
  for (const preference of (prefer ?? "").split(",")) {
    const wait = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(preference);
    if (wait !== null) return Math.min(Number(wait[1]), MAX_WAIT_SECONDS);
  }
  return 0;
}
