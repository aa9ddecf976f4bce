import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { IdentityRefused } from "../domain/identity.ts";
import { onlyValue, type RawHeaders } from "./identity-headers.ts";

const MAX_BYTES = 1024;
/** How old what was read of the file may be, in ms. */
const FRESH_MS = 5_000;
/** How soon it is read again after a secret that is not in it, in ms. */
const AGAIN_MS = 500;

/** Where the secret is that proves that a request came through the proxy. */
export interface ProxySecretConfig {
  readonly header: string;
  /** One secret a line; the second is the one before, while the proxy may still send it. */
  readonly file: string;
}

/** @throws IdentityRefused unless the request carries the secret. */
export type CheckProxySecret = (headers: RawHeaders) => Promise<void>;

/** Reads the file again now and then: a secret is changed without a restart. */
export function createProxySecret(
  { header, file }: ProxySecretConfig,
  onError: (error: unknown) => void,
  now: () => number = () => performance.now(),
): CheckProxySecret {
  let digests: readonly Buffer[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function readAgain(): Promise<void> {
    try {
      const secrets = readSecrets(await readFile(file, "utf8"));
      // A file that is just being written may be empty for a moment.
      if (secrets.length > 0) digests = secrets.map(digest);
    } catch (error) {
      // Those that are known stand.
      onError(error);
    } finally {
      readAt = now();
      reading = undefined;
    }
  }
  async function notOlderThan(ms: number): Promise<void> {
    if (reading === undefined && now() - readAt < ms) return;
    reading ??= readAgain();
    await reading;
  }
  /** Looks at every secret, so that the time it takes tells nothing. */
  const isKnown = (given: Buffer) =>
    digests.reduce((found, known) => timingSafeEqual(known, given) || found, false);

  return async (headers) => {
    const value = onlyValue(headers, header, MAX_BYTES);
    if (value === undefined || value === "") throw new IdentityRefused("secret_absent");
    const given = digest(value);
    await notOlderThan(FRESH_MS);
    if (isKnown(given)) return;
    await notOlderThan(AGAIN_MS);
    if (!isKnown(given)) throw new IdentityRefused("secret_wrong");
  };
}

/** The first two lines that are not empty. */
export function readSecrets(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "").slice(0, 2);
}

/** Of one length, whatever the secret's is: comparing them takes the same time. */
function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
