import { closeInline } from "./close-inline.ts";

/** What stands before a row: the indent of a list, the marks of a quote. */
const ROW = /^([\s>]*)\|/;

/** A table at the end of `tail` from its first line on; its row gets all its cells as it grows. */
export function mendTable(tail: string): string | undefined {
  const after = tail.lastIndexOf("\n\n");
  const paragraph = after < 0 ? 0 : after + 2;
  const lines = tail.slice(paragraph).split("\n");
  let first = lines.length;
  while (first > 0 && ROW.test(lines[first - 1] ?? "")) first -= 1;
  // Behind the line break of a whole row the next is still to come.
  if (first === lines.length && lines.at(-1) === "" && ROW.test(lines.at(-2) ?? "")) {
    return mendTable(tail.slice(0, -1));
  }
  const head = lines[first];
  if (head === undefined) return undefined;
  const above = lines.slice(0, first);
  const rows = lines.slice(first);
  const rule = rows[1];
  const marks = ROW.exec(head)?.[1] ?? "";
  const join = (table: readonly string[]) =>
    tail.slice(0, paragraph) + [...above, ...table].join("\n");
  if (rows.length === 1 || (rows.length === 2 && /^[\s>|:-]*$/.test(rule ?? ""))) {
    const full = rows.length === 1 ? closeRow(head) : head;
    return join([full, `${marks}|${" --- |".repeat(Math.max(1, cellsOf(full)))}`]);
  }
  return join([...rows.slice(0, -1), closeRow(rows.at(-1) ?? "")]);
}

function closeRow(row: string): string {
  if (row.trim() === "" || row.trimEnd().endsWith("|")) return row;
  const cell = row.lastIndexOf("|") + 1;
  return `${row.slice(0, cell)}${closeInline(row.slice(cell))} |`;
}

function cellsOf(row: string): number {
  return row.trim().replaceAll("\\|", "").split("|").length - 2;
}
