import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { ChatError } from "../domain/errors.ts";
import type { LoadKeys } from "./load-keys.ts";

/** How old keys may be before newer ones are asked for, in ms; the old ones stand meanwhile. */
const FRESH_MS = 10 * 60_000;
/** An unknown key makes us ask again, then not for so long, in ms: anyone can name unknown keys. */
const COOL_DOWN_MS = 30_000;
/** While there is no key at all, so long after a try that failed, in ms. */
const RETRY_MS = 2_000;

export interface KeysOptions {
  readonly load: LoadKeys;
  /** Told of each try that failed. */
  readonly onError: (error: unknown) => void;
  readonly now?: () => number;
}

/**
 * The keys of an issuer, got when the first proof comes. They are kept when the issuer goes away, and
 * asked for again when a proof names one that is not among them.
 */
export function createKeys({ load, onError, now = () => performance.now() }: KeysOptions) {
  const known: { find?: JWTVerifyGetKey } = {};
  let loading: Promise<void> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let unknownAt = Number.NEGATIVE_INFINITY;

  function reload(): Promise<void> {
    triedAt = now();
    loading ??= load()
      .then(
        (keys) => {
          known.find = createLocalJWKSet(keys);
        },
        (error: unknown) => onError(error),
      )
      .finally(() => {
        loading = undefined;
      });
    return loading;
  }

  /** @throws ChatError `unavailable` where there is no key yet; JOSE's own errors where none fits. */
  const getKey: JWTVerifyGetKey = async (header, token) => {
    if (known.find === undefined) {
      if (loading !== undefined || now() - triedAt >= RETRY_MS) await reload();
      if (known.find === undefined) throw unavailable();
    }
    // Whoever waits for a fresh set would wait for an issuer that is away.
    if (now() - triedAt >= FRESH_MS) void reload();
    try {
      return await known.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (loading === undefined) {
        if (now() - unknownAt < COOL_DOWN_MS) throw error;
        unknownAt = now();
      }
      await reload();
      return await known.find(header, token);
    }
  };
  return getKey;
}

function unavailable(): ChatError {
  return new ChatError("unavailable", "The identity provider does not answer right now.", {
    retryAfterMs: RETRY_MS,
  });
}
