/** UTF-16 units of a stamped token. */
export const STAMP_LENGTH = 7;

/** Microseconds of the clock that all processes of a machine share; wraps after half an hour. */
function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return (seconds * 1e6 + Math.floor(nanoseconds / 1e3)) % 36 ** 6;
}

/** A token that says when it was written: a space and the time in base 36. */
export function stamped(): string {
  return ` ${nowUs()
    .toString(36)
    .padStart(STAMP_LENGTH - 1, "0")}`;
}

/** How long ago each token of a text was written, in milliseconds. */
export function* lagsOf(text: string): Generator<number, void, undefined> {
  const now = nowUs();
  for (let at = 0; at + STAMP_LENGTH <= text.length; at += STAMP_LENGTH) {
    const written = Number.parseInt(text.slice(at + 1, at + STAMP_LENGTH), 36);
    yield (now - written) / 1e3;
  }
}
