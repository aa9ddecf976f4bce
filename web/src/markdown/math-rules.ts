/** How a formula in running text ends: `$` and `$$` by themselves, `\(` and `\[` by their partners. */
export type MathOpener = "$" | "$$" | "\\(" | "\\[";

/** What ends a formula that `opener` began. */
export const MATH_CLOSER: Readonly<Record<MathOpener, string>> = {
  $: "$",
  $$: "$$",
  "\\(": "\\)",
  "\\[": "\\]",
};

/** Nobody writes longer formulas; more is text, in UTF-16 units. */
export const LONGEST_MATH = 4_000;
/** An inline formula is not awaited any longer than this. */
const LONGEST_WAIT = 400;

/** The source of a formula whose end has not come yet. */
export const PENDING_MATH = "\\pending";

/** What begins a formula at `at`, if anything does. */
export function mathOpenerAt(text: string, at: number): MathOpener | undefined {
  const pair = text.slice(at, at + 2);
  if (pair === "\\(" || pair === "\\[") return pair;
  if (!pair.startsWith("$")) return undefined;
  if (pair !== "$$") return "$";
  return text.charAt(at + 2) === "$" ? undefined : "$$";
}

/**
 * Where the formula that begins at `at` ends; `"open"` while its end may still come, `undefined`
 * where there is none: "$5 and $10" are prices.
 */
export function mathEnd(text: string, at: number, opener: MathOpener): number | "open" | undefined {
  const from = at + opener.length;
  if (opener === "$" && /^\s/.test(text.slice(from, from + 1))) return undefined;
  const closer = MATH_CLOSER[opener];
  for (let here = from; here < text.length; here += 1) {
    if (here - from > LONGEST_MATH) return undefined;
    if (text.startsWith(closer, here)) {
      const content = text.slice(from, here);
      const end = here + closer.length;
      return isMath(opener, content, text.charAt(end)) ? end : undefined;
    }
    if (opener.startsWith("\\") && text.startsWith(opener, here)) return undefined;
    if (text.charAt(here) === "\\") here += 1;
    else if (text.startsWith("\n\n", here)) return undefined;
  }
  return mayStillEnd(opener, text.slice(from)) ? "open" : undefined;
}

/** Whether what stands between two marks is a formula; `next` is the character behind them. */
export function isMath(opener: MathOpener, content: string, next: string): boolean {
  if (content.trim() === "") return false;
  if (opener !== "$") return true;
  return !/\s$/.test(content) && !/\d/.test(next) && !isProse(content);
}

/** Two words in a row, and nothing of a formula: the dollars around them are money. */
function isProse(content: string): boolean {
  return /\p{L}{2,}[\s,]+\p{L}{2,}/u.test(content) && !/[\\^_={}]/.test(content);
}

function mayStillEnd(opener: MathOpener, content: string): boolean {
  if (opener === "$$" || opener === "\\[") return true;
  if (content.length > LONGEST_WAIT) return false;
  if (opener === "\\(") return true;
  if (content.includes("\n") || isProse(content)) return false;
  return !/^\d[\d.,]*[kKmMbB]?[\s.,;:!?)]+(?:\p{L}{2}|\()/u.test(content);
}
