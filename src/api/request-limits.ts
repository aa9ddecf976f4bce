import type { MiddlewareHandler } from "hono";
import { ChatError } from "../domain/errors.ts";
import type { Authenticated } from "./context.ts";
import { createRateLimits, type RateLimits } from "./rate-limits.ts";

/** What an address may, as a multiple of what one user may: an office shares one. */
export const USERS_PER_ADDRESS = 10;
/** Requests a second from one address that may fail to prove who sends them. */
const FAILURES_PER_SECOND = 20;

/** The bounds on requests that one process keeps for itself. */
export interface RequestLimits {
  readonly perUser: RateLimits;
  readonly perAddress: RateLimits;
  /** Failed proofs of identity, by address. */
  readonly failures: RateLimits;
}

/** @param perSecond Requests of one user; 0: no bound. */
export function createRequestLimits(perSecond: number, now?: () => number): RequestLimits {
  return {
    perUser: createRateLimits(perSecond, now),
    perAddress: createRateLimits(perSecond * USERS_PER_ADDRESS, now),
    failures: createRateLimits(perSecond === 0 ? 0 : FAILURES_PER_SECOND, now),
  };
}

/** Before anyone knows who asks. */
export function limitAddress({ perAddress }: RequestLimits): MiddlewareHandler<Authenticated> {
  return async function limitAddress(c, next) {
    const address = c.get("address");
    if (address !== undefined && !perAddress.take(address)) throw limited();
    await next();
  };
}

/** Once that is known. */
export function limitUser({ perUser }: RequestLimits): MiddlewareHandler<Authenticated> {
  return async function limitUser(c, next) {
    if (!perUser.take(c.get("identity").userId)) throw limited();
    await next();
  };
}

/** The answer to who asks too often. */
export function limited(): ChatError {
  return new ChatError("limited", "Too many requests at once.", { retryAfterMs: 1_000 });
}
