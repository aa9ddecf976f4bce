/** What a line opens, as far as cutting a text into blocks needs to know. */
export interface Opening {
  /** The character of the fence, and how many of it. */
  readonly marker: string;
  readonly size: number;
  /** Where the fence stands, in columns. */
  readonly column: number;
  /** It stands behind an item's mark. */
  readonly inItem: boolean;
}

const FENCE = /^(\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)*)(`{3,}(?=[^`]*$)|~{3,})/;
const ITEM = /^( {0,3}(?:[-*+]|\d{1,9}[.)]))(?:( {1,4})(?=\S)|\s|$)/;
const FOOTNOTE = /^ {0,3}\[\^[^\]\s]+\]:/;
const STARTS = /^ {0,3}(?:#{1,6}(?:\s|$)|>|(?:-\s*){3,}$|(?:\*\s*){3,}$|(?:_\s*){3,}$)/;

/** The kind of block a line begins. */
export type BlockKind = "heading" | "list" | "footnote" | "indented" | "table" | "other";

/** The kind of block that `line` begins. */
export function kindOf(line: string): BlockKind {
  if (isHeading(line)) return "heading";
  if (isItem(line)) return "list";
  if (FOOTNOTE.test(line)) return "footnote";
  if (indentOf(line) >= 4) return "indented";
  return /^ {0,3}\|/.test(line) ? "table" : "other";
}

/** Whether `line` begins an item of a list at the top level. */
export function isItem(line: string): boolean {
  return ITEM.test(line) && !STARTS.test(line);
}

/** Whether a line that has only begun, and is no item yet, may become one: its number is still being written. */
export function mayBecomeItem(line: string): boolean {
  return /^ {0,3}\d{1,9}$/.test(line);
}

/** Whether `line` is a heading, whole by itself. */
export function isHeading(line: string): boolean {
  return /^ {0,3}#{1,6}(?:\s|$)/.test(line);
}

/** Whether `line` begins a list even in the middle of a paragraph. */
export function interruptsParagraph(line: string): boolean {
  return isItem(line) && /^ {0,3}(?:[-*+]|1[.)])\s+\S/.test(line);
}

/** From which column on a line belongs to the item that `line` begins. */
export function contentColumn(line: string): number {
  const item = ITEM.exec(line);
  return item ? (item[1]?.length ?? 0) + (item[2]?.length ?? 1) : 4;
}

/** Whether `line` is a heading, a rule or a quote, which no paragraph above can take in. */
export function startsBlock(line: string): boolean {
  return STARTS.test(line);
}

/** Whether `line` defines what links or footnotes of other blocks refer to. */
export function isDefinition(line: string): boolean {
  return /^ {0,3}\[[^\]]+\]:\s*\S/.test(line);
}

/** The label of a definition, as references to it may write it in any case. */
export function labelOf(definition: string): string {
  return definition.slice(definition.indexOf("["), definition.indexOf("]") + 1).toLowerCase();
}

/** What will end the formula that `line` begins, where it does not end on it. */
export function formulaBegunBy(line: string): string | undefined {
  const opener = /^ {0,3}(\$\$|\\\[)/.exec(line);
  if (!opener) return undefined;
  const closer = opener[1] === "$$" ? "$$" : "\\]";
  return line.includes(closer, opener[0].length) ? undefined : closer;
}

/** How far `line` is indented, in columns. */
export function indentOf(line: string): number {
  const space = /^[ \t]*/.exec(line)?.[0] ?? "";
  return space.replaceAll("\t", "    ").length;
}

/** The code fence that `line` opens. */
export function openingOf(line: string): Opening | undefined {
  const match = FENCE.exec(line);
  if (!match) return undefined;
  const [, before = "", marks = ""] = match;
  return {
    marker: marks.charAt(0),
    size: marks.length,
    column: before.length,
    inItem: before.trim() !== "",
  };
}

/** Whether `line` closes a fence of at least `size` marks. */
export function closesFence(line: string, marker: string, size: number): boolean {
  const marks = line.trim();
  return marks.length >= size && marks === marker.repeat(marks.length);
}
