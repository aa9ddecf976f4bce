import { mathEnd, mathOpenerAt } from "./math-rules.ts";
import { PENDING_URL } from "./pending.ts";

/** A mark that is open: emphasis of some length, or a link's text. */
interface Open {
  readonly mark: string;
  readonly at: number;
  count: number;
}

/** An open bracket further back than this is just a bracket. */
const LONGEST_LINK = 200;

/** Nobody opens more marks in one another. */
const DEEPEST = 20;

/** Closes the emphasis, code, formulas and links that running text leaves open at its end. */
export function closeInline(text: string): string {
  const stack: Open[] = [];
  const cut = (at: number) => close(text.slice(0, at), stack);
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    const opener = char === "\\" || char === "$" ? mathOpenerAt(text, at) : undefined;
    if (opener) {
      const end = mathEnd(text, at, opener);
      if (end === "open") return cut(at);
      at = end ?? at + opener.length;
    } else if (char === "\\") {
      if (at === text.length - 1) return cut(at);
      at += 2;
    } else if (char === "`") {
      const size = runLength(text, at);
      const end = closingTicks(text, at + size, size);
      if (end < 0) return openCode(text, at, size, stack);
      at = end;
    } else if (char === "<") {
      if (isUnfinishedAddress(text, at)) return cut(at);
      at += 1;
    } else if (char === "&") {
      if (/^&#?[a-z0-9]{0,30}$/i.test(text.slice(at, at + 33))) return cut(at);
      at += 1;
    } else if (char === "*" || char === "_" || char === "~") {
      const next = emphasis(text, at, stack);
      if (next === undefined) return cut(at);
      at = next;
    } else if (char === "[") {
      const note = text.charAt(at + 1) === "^" ? text.indexOf("]", at) : 0;
      if (note < 0) return cut(at);
      if (note > 0) {
        at = note + 1;
        continue;
      }
      if (text.charAt(at - 1) === "!" && !isWholeLink(text, at)) return cut(at - 1);
      stack.push({ mark: "[", at, count: 1 });
      at += 1;
    } else if (char === "!" && at === text.length - 1) {
      return cut(at);
    } else if (char === "]") {
      const next = link(text, at, stack);
      if (next < 0) return close(`${text.slice(0, at)}](${PENDING_URL})`, stack);
      at = next;
    } else at += 1;
  }
  return close(text, stack);
}

/** Code that is still open; one that has no character yet is left out. */
function openCode(text: string, at: number, size: number, stack: readonly Open[]): string {
  const code = text.slice(at + size);
  if (code.replaceAll("`", "").trim() === "") return close(text.slice(0, at), stack);
  let partial = 0;
  while (text.charAt(text.length - 1 - partial) === "`") partial += 1;
  return close(text + "`".repeat(size - Math.min(partial, size - 1)), stack);
}

/** `<https://exa` becomes a link once it is closed. */
function isUnfinishedAddress(text: string, at: number): boolean {
  const rest = text.slice(at + 1).toLowerCase();
  if (rest.length > 2_000 || /[\s<>]/.test(rest)) return false;
  return ["https://", "http://", "mailto:"].some((scheme) =>
    rest.length < scheme.length ? scheme.startsWith(rest) : rest.startsWith(scheme),
  );
}

/** Reads a run of emphasis marks; `undefined` where it opens something that is not there yet. */
function emphasis(text: string, at: number, stack: Open[]): number | undefined {
  const mark = text.charAt(at);
  const size = runLength(text, at);
  const next = at + size;
  if (mark === "~" && size !== 2) {
    // One tilde is only a tilde, but at the end a second may follow that closes.
    const open = stack.findLast((item) => item.mark === mark);
    if (next < text.length) return next;
    if (!open) return undefined;
    open.count -= size;
    return next;
  }
  const before = text.charAt(at - 1);
  const after = text.charAt(next);
  const opener = stack.findLast((open) => open.mark === mark);
  if (opener && before !== "" && !/\s/.test(before)) {
    opener.count -= size;
    if (opener.count <= 0) stack.splice(stack.lastIndexOf(opener), 1);
    return next;
  }
  if (after === "") return undefined;
  const inWord = /[\p{L}\p{N}]/u.test(before);
  if (/\s/.test(after) || (inWord && (mark === "_" || size === 1))) return next;
  if (stack.length < DEEPEST) stack.push({ mark, at, count: Math.min(size, 3) });
  return next;
}

/** Reads what follows a `]`; -1 where the link's address is not whole. */
function link(text: string, at: number, stack: Open[]): number {
  const opener = stack.findLastIndex((open) => open.mark === "[");
  if (opener < 0) return at + 1;
  stack.splice(opener);
  if (at === text.length - 1) return -1;
  const next = text.charAt(at + 1);
  if (next === "[") {
    const end = text.indexOf("]", at + 2);
    if (end < 0 && text.length - at < LONGEST_LINK) return -1;
    if (end >= 0) return end + 1;
  }
  if (next !== "(") return at + 1;
  const end = closingBracket(text, at + 1);
  return end < 0 ? -1 : end + 1;
}

function isWholeLink(text: string, at: number): boolean {
  const middle = text.indexOf("](", at);
  return middle >= 0 && closingBracket(text, middle + 1) >= 0;
}

function closingBracket(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "\\") at += 1;
    else if (char === "(") depth += 1;
    else if (char === ")") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

function close(text: string, stack: readonly Open[]): string {
  let closed = stack.length > 0 ? text.trimEnd() : text;
  for (const { mark, at, count } of stack.toReversed()) {
    if (mark !== "[") closed += mark.repeat(Math.max(0, count));
    else if (text.length - at < LONGEST_LINK) closed += `](${PENDING_URL})`;
  }
  return closed;
}

function runLength(text: string, at: number): number {
  let end = at;
  while (text.charAt(end) === text.charAt(at) && end < text.length) end += 1;
  return end - at;
}

function closingTicks(text: string, from: number, size: number): number {
  let at = text.indexOf("`", from);
  while (at >= 0) {
    const run = runLength(text, at);
    if (run === size) return at + run;
    at = text.indexOf("`", at + run);
  }
  return -1;
}
