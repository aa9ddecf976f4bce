import { hash } from "node:crypto";

/** Texts whose counts are remembered per engine. */
const MAX_REMEMBERED = 4_096;
/** Shorter texts are not worth a request: their bytes are an upper bound that is close enough. */
const SHORT_BYTES = 24;
/** How long a server that did not count is left alone, in milliseconds. */
const REST_MS = 5_000;

const SPACE = 0x20;
const SMALL_A = 0x61;
const SMALL_Z = 0x7a;

/**
 * Tokens of `text` from above, for want of its tokeniser: a token per 3 small letters or spaces, one
 * for each other sign of ASCII, and one per 2 bytes beyond. English costs about 60 % of that.
 */
export function estimateTokens(text: string): number {
  let thirds = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === SPACE || (code >= SMALL_A && code <= SMALL_Z)) thirds += 1;
    else thirds += code < 0x800 ? 3 : 5;
  }
  return Math.min(Math.ceil(thirds / 3), Buffer.byteLength(text)) + 1;
}

/** Counts the tokens of a text. Never rejects but by `signal`. */
export type TokenCounter = (text: string, signal: AbortSignal) => Promise<number>;

/** Counts by asking the server, remembers what it said, and estimates from above where it does not. */
export function createTokenCounter(ask: TokenCounter): TokenCounter {
  const counts = new Map<string, number>();
  let restUntil = 0;

  return async (text, signal) => {
    signal.throwIfAborted();
    const bytes = Buffer.byteLength(text);
    if (bytes <= SHORT_BYTES) return bytes + 1;
    const key = hash("sha1", text, "base64");
    const known = counts.get(key);
    if (known !== undefined) {
      counts.delete(key);
      counts.set(key, known);
      return known;
    }
    if (Date.now() < restUntil) return estimateTokens(text);
    try {
      const count = await ask(text, signal);
      counts.set(key, count);
      const [oldest] = counts.size > MAX_REMEMBERED ? counts.keys() : [];
      if (oldest !== undefined) counts.delete(oldest);
      return count;
    } catch {
      signal.throwIfAborted();
      restUntil = Date.now() + REST_MS;
      return estimateTokens(text);
    }
  };
}
