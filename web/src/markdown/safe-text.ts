/** What turns the direction of other text around, so that it reads otherwise than it is. */
const TURNING = /[\u202A-\u202E\u2066-\u2069]|[\u{E0001}-\u{E007F}]+/gu;
/** In code nothing that cannot be seen has a place. */
const HIDDEN =
  /[\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]|[\u{E0001}-\u{E007F}]+/gu;
/** A flag of a region, which ends in tags. */
const FLAG = "\u{1F3F4}";

/** Running text in which nothing hides: characters that turn or smuggle text show their number. */
export function safeText(text: string): string {
  return text.replaceAll(TURNING, (found, at: number) =>
    text.slice(0, at).endsWith(FLAG) ? found : named(found),
  );
}

/** Code in which nothing hides. */
export function safeCode(code: string): string {
  return code.replaceAll(HIDDEN, named);
}

function named(found: string): string {
  const first = found.codePointAt(0) ?? 0;
  return `‹U+${first.toString(16).toUpperCase().padStart(4, "0")}›`;
}
