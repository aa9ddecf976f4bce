/** Code in groups of whole lines; all but the last keep their identity while the code grows. */
export interface LineChunks {
  readonly code: string;
  /** Without the line break between two groups. */
  readonly chunks: readonly string[];
  /** Where the last group begins in `code`. */
  readonly start: number;
}

export const NO_LINES: LineChunks = { code: "", chunks: [""], start: 0 };

/** A group's length from which the next line begins a new one, in UTF-16 units. */
const FULL = 3_000;

/** Reads on, looking at new text alone. */
export function splitLines(before: LineChunks, code: string): LineChunks {
  const known = code.startsWith(before.code) ? before : NO_LINES;
  const chunks = known.chunks.slice(0, -1);
  let start = known.start;
  for (;;) {
    const end = code.indexOf("\n", start + FULL);
    if (end < 0) break;
    chunks.push(code.slice(start, end));
    start = end + 1;
  }
  return { code, chunks: [...chunks, code.slice(start)], start };
}
