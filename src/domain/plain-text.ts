/** What is read of a text around a place in it, in UTF-16 units: enough that links and lines are whole. */
const BEFORE_LENGTH = 250;
const AFTER_LENGTH = 500;
/** How deep emphasis and links are looked for in one another. */
const MAX_DEPTH = 3;
/** Stands for the place; a noncharacter, and taken out of what is read. */
const PLACE = "\uffff";

const FENCE = /^[ \t>]*(?:[-*+][ \t]+|\d{1,9}[.)][ \t]+)?(`{3,}|~{3,})([^\n]*)$/;
const MAY_FENCE = /^.*(?:`{3}|~{3}).*$/gm;
const RULE = /^[ \t]*(?:=+|(?:-[ \t]*){2,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const TABLE_RULE = /^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*(?::?-+:?[ \t]*)?)+$/;
const TABLE_ROW = /^[ \t>]*\|.*\|[ \t]*$/;
const PIPE = /(?<!\\)\|/g;
const LINE_SIGNS =
  /^[ \t]*(?:>[ \t]?)*(?:(?<bullet>[-*+])[ \t]+(?:\[[ xX]\][ \t]+)?|#{1,6}[ \t]+|\[\^[^\]\n]*\]:[ \t]*)?/;
const HEADING_END = /[ \t]+#+[ \t]*$/;
/** In this order: what comes first hides signs from what comes after it. */
const INLINE =
  /(?<ticks>`+)(?!`)(?<code>.{1,300}?)(?<!`)\k<ticks>(?!`)|\\(?<escaped>[!-/:-@[-`{-~])|!?\[(?<label>(?:[^[\]\\]|\\.)*)\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+["'][^"']*["'])?\)|\[[^[\]]*\])|\[\^[^\]\s]*\]|<(?<address>[a-z][a-z+.-]*:[^<>\s]*)>|(?<stars>\*{1,3}|~~)(?=\S)(?<starred>.{1,300}?)(?<=\S)\k<stars>|(?<![\p{L}\p{N}_])(?<lows>_{1,3})(?=\S)(?<lowed>.{1,300}?)(?<=\S)\k<lows>(?![\p{L}\p{N}_])/gu;
/** What is left of pairs whose other half is further away. */
const HALVES = /`+|(?<![\p{L}\p{N}])(?:\*{2,3}|~~)(?=\S)|(?<=\S)(?:\*{2,3}|~~)(?![\p{L}\p{N}])/gu;

/** A text for reading, and where in it the place is that was asked for. */
export interface PlainText {
  readonly text: string;
  readonly at: number;
  /** There is more before and after it. */
  readonly isBegun: boolean;
  readonly isCut: boolean;
}

/**
 * Markdown around the position `at` as one reads it, without its signs. It looks at the lines around
 * the place, and no parser is asked: in doubt a sign stays. `undefined` where the place itself is not
 * to be read, in the address of a link say.
 */
export function plainTextAt(markdown: string, at: number): PlainText | undefined {
  const nearby = Math.max(0, at - BEFORE_LENGTH);
  const line = nearby === 0 ? 0 : markdown.indexOf("\n", nearby) + 1;
  const from = line > 0 && line <= at ? line : nearby;
  const to = Math.min(markdown.length, at + AFTER_LENGTH);
  const near = `${clean(markdown.slice(from, at))}${PLACE}${clean(markdown.slice(at, to))}`;
  const text = readLines(near.split("\n"), fenceAt(markdown, from), from === line);
  const place = text.indexOf(PLACE);
  if (place < 0) return undefined;
  const whole = text.slice(0, place) + text.slice(place + 1);
  return { text: whole, at: place, isBegun: from > 0, isCut: to < markdown.length };
}

const clean = (text: string) => text.replaceAll(PLACE, " ");

/** The sign that opened the code in which a position stands. */
function fenceAt(markdown: string, position: number): string | undefined {
  let open: string | undefined;
  for (const [line] of markdown.slice(0, position).matchAll(MAY_FENCE))
    open = fenceAfter(open, line);
  return open;
}

/** The fence that is open after a line. */
function fenceAfter(open: string | undefined, line: string): string | undefined {
  if (!line.includes("```") && !line.includes("~~~")) return open;
  const [, sign = "", info = ""] = FENCE.exec(line) ?? [];
  if (open === undefined) return sign === "" || info.includes("`") ? undefined : sign;
  return sign.startsWith(open) && info.trim() === "" ? undefined : open;
}

function readLines(lines: readonly string[], fence: string | undefined, isLine: boolean): string {
  let open = fence;
  const read: string[] = [];
  for (const [index, line] of lines.entries()) {
    const after = fenceAfter(open, line);
    // The page shows a language above its code.
    if (after !== open) read.push(after === undefined ? "" : languageOf(line));
    else if (open !== undefined) read.push(line);
    else read.push(index === 0 && !isLine ? readInline(line) : readLine(line));
    open = after;
  }
  return read.join("\n");
}

const languageOf = (line: string) => FENCE.exec(line)?.[2]?.trim().split(/\s/, 1)[0] ?? "";

function readLine(line: string): string {
  if (RULE.test(line) || TABLE_RULE.test(line) || line.trim() === "$$") return "";
  const cells = TABLE_ROW.test(line) ? line.replace(/^[ \t>]*\||\|[ \t]*$/g, "") : undefined;
  if (cells !== undefined) return readInline(cells.replaceAll(PIPE, " · "));
  const signs = LINE_SIGNS.exec(line);
  const rest = line.slice(signs?.[0].length ?? 0);
  const isHeading = signs?.[0].includes("#") ?? false;
  const text = readInline(isHeading ? rest.replace(HEADING_END, "") : rest);
  return signs?.groups?.bullet ? `• ${text}` : text;
}

function readInline(text: string, depth = MAX_DEPTH): string {
  let read = "";
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const { code, escaped, label, address, starred, lowed } = match.groups ?? {};
    const inner = label ?? starred ?? lowed;
    read += text.slice(from, match.index).replaceAll(HALVES, "");
    from = match.index + match[0].length;
    if (inner === undefined) read += code ?? escaped ?? address ?? "";
    else read += depth > 0 ? readInline(inner, depth - 1) : inner;
  }
  return read + text.slice(from).replaceAll(HALVES, "");
}
