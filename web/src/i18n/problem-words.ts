import type { ErrorCode } from "../../../src/protocol/problem.ts";
import { language } from "./language.ts";
import { words } from "./words.ts";

/**
 * Why a request was refused, in the reader's language. The server says in English what is wrong
 * with an `invalid` one, which is more than its code tells.
 */
export function problemWords(code: ErrorCode, detail?: string): string {
  if (code === "invalid" && detail && language.get() === "en") return detail;
  return words().problem[code];
}
