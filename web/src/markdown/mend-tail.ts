import { closeInline } from "./close-inline.ts";
import { MATH_CLOSER, PENDING_MATH } from "./math-rules.ts";
import { mendTable } from "./mend-table.ts";

/** Quotes and items, one in another, before what a line says. */
const MARKS = /^(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t])))*[ \t]*/;

/**
 * Completes Markdown that stops in mid-writing, so that it parses as what it is about to be: no
 * marks flash up and vanish, no paragraph turns into a table a line later. For the growing block
 * alone; what it cannot tell yet, it leaves out.
 */
export function mendTail(tail: string): string {
  const formula = mendFormula(tail);
  if (formula !== undefined) return formula;
  const lineStart = tail.lastIndexOf("\n") + 1;
  const line = tail.slice(lineStart);
  const whole = isUnreadable(line) ? tail.slice(0, lineStart) : tail;
  const mended = mendTable(whole);
  if (mended !== undefined) return mended;
  const segment = inlineStart(whole);
  return whole.slice(0, segment) + closeInline(whole.slice(segment));
}

/** A line of marks alone could still become a heading, a rule, an item, a definition or a fence. */
function isUnreadable(line: string): boolean {
  const said = line.slice(MARKS.exec(line)?.[0].length ?? 0);
  const item = said.length < line.length;
  return (
    (said === "" && line !== "") ||
    /^#{1,6}\s*$/.test(said) ||
    /^(?:[-*+]|\d{1,9}[.)]?)\s*$/.test(said) ||
    /^(?:-{2,}|={1,}|\*{2,}|_{1,}|\|)\s*$/.test(said) ||
    /^(?:`{1,2}|~{1,2}|`{3,}[^`]*|~{3,}.*)$/.test(said) ||
    (item && /^\[(?:[ xX]\]?)?\s*$/.test(said)) ||
    (!item && /^\[(?:[^\]]{0,200}\]?|(?!\^)[^\]]{1,200}\]:.*|\^[^\]]{1,200}\]:\s*)$/.test(said))
  );
}

/** Where the last piece of running text begins: inline marks never reach across it. */
function inlineStart(tail: string): number {
  let start = Math.max(0, tail.lastIndexOf("\n\n") + 2 * Number(tail.includes("\n\n")));
  const marks = /\n(?=[ \t]*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)[ \t])/g;
  marks.lastIndex = Math.max(0, start - 1);
  for (let mark = marks.exec(tail); mark; mark = marks.exec(tail)) start = mark.index + 1;
  const prefix = /^(?:[ \t]*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)[ \t]+(?:\[[ xX]\][ \t]+)?)+/.exec(
    tail.slice(start),
  );
  return start + (prefix?.[0].length ?? 0);
}

/** A formula on lines of its own that has not ended: a place for it. */
function mendFormula(tail: string): string | undefined {
  let at = tail.includes("\n\n") ? tail.lastIndexOf("\n\n") + 2 : 0;
  let closer: string | undefined;
  let start = 0;
  for (const line of tail.slice(at).split("\n")) {
    const marks = MARKS.exec(line)?.[0].length ?? 0;
    const pair = line.slice(marks, marks + 2);
    if (line.trim() === "") {
      // The last line has only begun.
      if (at + line.length < tail.length) closer = undefined;
    } else if (closer !== undefined) closer = line.includes(closer) ? undefined : closer;
    else if (pair === "$$" || pair === "\\[") {
      start = at + marks;
      closer = line.includes(MATH_CLOSER[pair], marks + 2) ? undefined : MATH_CLOSER[pair];
    }
    at += line.length + 1;
  }
  return closer === undefined ? undefined : `${tail.slice(0, start)}\\[${PENDING_MATH}\\]`;
}
