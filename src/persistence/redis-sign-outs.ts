import type { Identity, SignOuts } from "../domain/ports/identity.ts";
import type { Keys } from "./keys.ts";
import type { Redis } from "./redis.ts";
import { SIGNED_OUT } from "./redis-live.ts";

/** How long it is known that a user without a proof has signed out, in ms. */
const UNPROVED_MS = 3_600_000;
/** By how much the clock of a process may differ from that of the store, in ms. */
const CLOCKS_MS = 5_000;

/**
 * One short-lived key for each sign-in that ended: up to which time of issue its proofs are refused.
 * Whoever signs in again gets a newer proof, although many providers go on with the same session.
 */
export function createRedisSignOuts(redis: Redis, keys: Keys): SignOuts {
  const keyOf = ({ userId, signIn }: Identity) => keys.signedOut(userId, signIn?.id ?? "");

  return {
    async end(identity) {
      const { userId, signIn } = identity;
      const keepMs =
        signIn === undefined ? UNPROVED_MS : Math.max(1, Math.ceil(signIn.refusedAt - Date.now()));
      await redis.script(
        "sign-out",
        [keyOf(identity), keys.userLive(userId)],
        [signIn?.issuedAt ?? "", keepMs, SIGNED_OUT],
      );
    },

    async has(identity, since) {
      const { signIn } = identity;
      if (signIn === undefined && since === undefined) return false;
      const stored = await redis.run((client) => client.get(keyOf(identity)));
      if (stored === null) return false;
      return signIn !== undefined
        ? signIn.issuedAt <= Number(stored)
        : Number(stored) > Number(since) - CLOCKS_MS;
    },
  };
}
