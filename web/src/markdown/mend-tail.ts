import { closeInline } from "./close-inline.ts";

/**
 * Completes Markdown that stops in mid-writing, so that it parses as what it is about to be: no
 * marks flash up and vanish, no paragraph turns into a table a line later. For the growing block
 * alone; what it cannot tell yet, it leaves out.
 */
export function mendTail(tail: string): string {
  const lineStart = tail.lastIndexOf("\n") + 1;
  const line = tail.slice(lineStart);
  const whole = isUnreadable(line) ? tail.slice(0, lineStart) : tail;
  const mended = mendTable(whole);
  if (mended !== undefined) return mended;
  const segment = inlineStart(whole);
  return whole.slice(0, segment) + closeInline(whole.slice(segment));
}

/** A line of marks alone could still become a heading, a rule, an item or a fence. */
function isUnreadable(line: string): boolean {
  return (
    /^ {0,3}#{1,6}\s*$/.test(line) ||
    /^\s*(?:[-*+]|\d{1,9}[.)])\s*(?:\[[ xX]?\]?)?\s*$/.test(line) ||
    /^ {0,3}(?:-{2,}|={1,}|\*{2,}|_{2,})\s*$/.test(line) ||
    /^\s*[>|]\s*$/.test(line) ||
    /^\s*(?:`{1,2}|~{1,2})$/.test(line)
  );
}

/** Where the last piece of running text begins: inline marks never reach across it. */
function inlineStart(tail: string): number {
  let start = Math.max(0, tail.lastIndexOf("\n\n") + 2 * Number(tail.includes("\n\n")));
  const marks = /\n(?=\s*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)\s)/g;
  marks.lastIndex = Math.max(0, start - 1);
  for (let mark = marks.exec(tail); mark; mark = marks.exec(tail)) start = mark.index + 1;
  const prefix = /^(?:\s*(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)\s+(?:\[[ xX]\]\s+)?)+/.exec(
    tail.slice(start),
  );
  return start + (prefix?.[0].length ?? 0);
}

/** A table from its first line on; its row gets all its cells as it grows. */
function mendTable(tail: string): string | undefined {
  const start = tail.lastIndexOf("\n\n") < 0 ? 0 : tail.lastIndexOf("\n\n") + 2;
  const lines = tail.slice(start).split("\n");
  const head = lines[0] ?? "";
  if (!/^ {0,3}\|/.test(head)) return undefined;
  if (lines.length === 1 || (lines.length === 2 && /^[\s|:-]*$/.test(lines[1] ?? ""))) {
    const full = lines.length === 1 ? closeRow(head) : head;
    const rule = `|${" --- |".repeat(Math.max(1, cellsOf(full)))}`;
    return `${tail.slice(0, start)}${full}\n${rule}`;
  }
  const last = lines.at(-1) ?? "";
  const row = last.trim() === "|" ? "" : closeRow(last);
  return `${tail.slice(0, start)}${[...lines.slice(0, -1), row].join("\n")}`;
}

function closeRow(row: string): string {
  if (row.trim() === "" || row.trimEnd().endsWith("|")) return row;
  const cell = row.lastIndexOf("|") + 1;
  return `${row.slice(0, cell)}${closeInline(row.slice(cell))} |`;
}

function cellsOf(row: string): number {
  return row.trim().replaceAll("\\|", "").split("|").length - 2;
}
