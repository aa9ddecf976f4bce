import type { Identity, SignOuts } from "./ports/identity.ts";
import type { LiveChannel } from "./ports/live.ts";

/** How long before its end a client is told to prove itself again, in ms. */
const NOTICE_MS = 30_000;
/** A shorter notice is none, in ms. */
const SHORTEST_NOTICE_MS = 2_500;
/** A proof that is about to end when it comes has a client come back for nothing, in ms. */
const SHORTEST_STAY_MS = 5_000;
/** The part of the longest stay that is left to chance, so that clients do not come back in step. */
const JITTER = 0.2;
/** Pause before it is asked again whether a sign-in has ended, while the store is away, in ms; up to twice that. */
const ASK_AGAIN_MS = 500;
/** For so long nobody may be able to tell, in ms: meanwhile nobody can sign out either. */
const UNTOLD_MS = 20_000;

/** What is told of a stay. */
export interface StayListener {
  /** It ends soon: whoever comes back with a newer proof before that misses nothing. */
  reauthenticate(): void;
  /** Called once. `unavailable`: nobody can tell whether it may go on. */
  ended(reason: "identity" | "unavailable"): void;
}

/** How long what was opened with an identity may stay open; the answer ends it early. */
export type BeginStay = (identity: Identity, listener: StayListener) => () => void;

/**
 * What is open ends with the proof of who opened it, when that user signs out anywhere, and in any
 * case some time, since a proxy looks at a socket only once.
 */
export function createBeginStay(deps: {
  readonly live: Pick<LiveChannel, "watchUser">;
  readonly signOuts: Pick<SignOuts, "has">;
  /** The longest one, in ms. */
  readonly maxAgeMs: number;
  readonly random?: () => number;
}): BeginStay {
  const { live, signOuts, maxAgeMs, random = Math.random } = deps;

  return (identity, listener) => {
    const openedAt = Date.now();
    const lengthMs = stayOf(identity, openedAt, maxAgeMs * (1 - JITTER * random()));
    // By two, so that a client that comes back with the same proof is told a few times, not for ever.
    const noticeMs = Math.min(NOTICE_MS, lengthMs / 2);
    let over = false;
    let unwatch: (() => Promise<void>) | undefined;
    let timer: NodeJS.Timeout;
    let asking: NodeJS.Timeout | undefined;

    const leave = () => {
      over = true;
      clearTimeout(timer);
      clearTimeout(asking);
      // A connection that is lost has nobody to leave.
      unwatch?.().catch(() => undefined);
    };
    const end = (reason: "identity" | "unavailable") => {
      if (over) return;
      leave();
      listener.ended(reason);
    };
    const endLater = (ms: number) => {
      timer = setTimeout(() => end("identity"), ms);
    };
    /** A store that has just come back may be away once more: that ends nothing by itself. */
    const lookAgain = (since = Date.now()): Promise<void> => {
      clearTimeout(asking);
      return signOuts.has(identity, openedAt).then(
        (ended) => {
          if (ended) end("identity");
        },
        () => {
          if (over) return;
          if (Date.now() - since >= UNTOLD_MS) return end("unavailable");
          clearTimeout(asking);
          asking = setTimeout(() => void lookAgain(since), ASK_AGAIN_MS * (1 + random()));
        },
      );
    };

    if (noticeMs < SHORTEST_NOTICE_MS) endLater(lengthMs);
    else {
      timer = setTimeout(() => {
        endLater(noticeMs);
        listener.reauthenticate();
      }, lengthMs - noticeMs);
    }
    live
      .watchUser(identity.userId, {
        frame: () => undefined,
        reconnected: () => void lookAgain(),
        signedOut: () => end("identity"),
      })
      .then(async (stop) => {
        if (over) await stop();
        else {
          unwatch = stop;
          // It may have ended before anyone listened.
          await lookAgain();
        }
      })
      .catch(() => end("unavailable"));
    return leave;
  };
}

function stayOf({ signIn }: Identity, now: number, maxAgeMs: number): number {
  if (signIn === undefined) return maxAgeMs;
  const left = signIn.endsAt - now;
  return Math.min(maxAgeMs, left > SHORTEST_STAY_MS ? left : signIn.refusedAt - now);
}
