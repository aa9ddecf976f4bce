import {
  type BlockKind,
  closesFence,
  contentColumn,
  formulaBegunBy,
  indentOf,
  interruptsParagraph,
  isDefinition,
  isHeading,
  isItem,
  kindOf,
  labelOf,
  mayBecomeItem,
  type Opening,
  openingOf,
  startsBlock,
} from "./line-kinds.ts";
import {
  type Block,
  CHUNK,
  type Fence,
  type Formula,
  NO_TEXT,
  type SplitText,
} from "./split-text.ts";

/** A list or paragraph longer than this is cut at a line: parsing it for each token costs too much. */
const LONG = 4_000;
/** One line longer than that is cut at a space, a block longer than twice that at any line. */
const ENDLESS = 5_000;
/** More definitions than anyone refers to are left out: each block is searched for each. */
const MOST_DEFINITIONS = 200;

/**
 * Reads on. Each line is looked at once, however long the text gets; where `text` does not go on
 * from what was read (a take-over truncated it), it is read anew. Cuts only where the parts parse
 * as the whole would, but for what is longer than anyone writes.
 */
export function splitBlocks(before: SplitText, text: string): SplitText {
  const known = text.startsWith(before.text) ? before : NO_TEXT;
  if (text.length === known.text.length) return known;
  const reader = new Reader(known, text);
  reader.readLines();
  reader.cutBeforeLineBegun();
  reader.cutEndlessLine();
  return reader.result();
}

/** The state of `splitBlocks` while it reads. */
class Reader {
  private readonly text: string;
  private readonly chunks: (readonly Block[])[];
  private definitions: readonly string[];
  private start: number;
  private scanned: number;
  private fence: Fence | undefined;
  private math: Formula | undefined;
  private kind: BlockKind | undefined;
  private content: number;
  private blank: boolean;
  private deep: boolean;
  private runOn: boolean;
  private head: string;

  constructor(known: SplitText, text: string) {
    this.text = text;
    this.chunks = [...known.chunks];
    this.definitions = known.definitions;
    this.start = known.start;
    this.scanned = known.scanned;
    this.fence = known.fence;
    this.math = known.math;
    this.kind = known.kind;
    this.content = known.content;
    this.blank = known.blank;
    this.deep = known.deep;
    this.runOn = known.runOn;
    this.head = known.head;
  }

  readLines(): void {
    for (;;) {
      const end = this.text.indexOf("\n", this.scanned);
      if (end < 0) return;
      this.scanned = this.readLine(this.text.slice(this.scanned, end), end + 1);
    }
  }

  /** Reads one line, and returns where to read on. */
  private readLine(line: string, next: number): number {
    const empty = line.trim() === "";
    if (this.fence) {
      if (this.fence.top || empty || indentOf(line) >= this.fence.column) {
        this.readCode(line, next, this.fence);
        return next;
      }
      this.fence = undefined;
      if (!isItem(line)) this.cut(this.scanned, false);
    }
    if (this.math) {
      const { closer, after } = this.math;
      const none = empty || this.scanned - this.start > ENDLESS;
      if (none || line.includes(closer)) this.math = undefined;
      return none ? after : next;
    }
    if (empty) {
      this.blank = true;
      return next;
    }
    this.readText(line, next);
    return next;
  }

  private readText(line: string, next: number): void {
    const opening = openingOf(line);
    if (this.kind && this.endsBefore(line, opening)) this.cut(this.scanned, false);
    else if (this.isLong() && this.mayBreakAt(line)) this.cut(this.scanned, true);
    this.blank = false;
    this.deep = indentOf(line) >= 4;
    this.kind ??= kindOf(line);
    if (this.kind === "footnote") this.content = 4;
    else if (this.kind === "list" && isItem(line) && indentOf(line) < (this.content || 4)) {
      this.content = contentColumn(line);
    }
    const closer = this.kind === "other" ? formulaBegunBy(line) : undefined;
    if (closer !== undefined) this.math = { closer, after: next };
    if (isDefinition(line)) this.define(line);
    if (opening) this.open(opening, indentOf(line));
  }

  /** The first definition of a label counts. */
  private define(line: string): void {
    if (this.definitions.length >= MOST_DEFINITIONS) return;
    const label = labelOf(line);
    if (this.definitions.some((known) => labelOf(known) === label)) return;
    this.definitions = [...this.definitions, line];
  }

  /** What its indent or its number makes code already, or text of a paragraph, opens nothing. */
  private open({ marker, size, column, inItem }: Opening, indent: number): void {
    const top = this.kind !== "list" && this.kind !== "footnote";
    if (top ? inItem || indent >= 4 : !inItem && indent < this.content) return;
    const at = this.scanned;
    this.fence = { marker, size, top, column: inItem ? column : this.content, at };
  }

  private readCode(line: string, next: number, { marker, size, top }: Fence): void {
    if ((top && indentOf(line) >= 4) || !closesFence(line, marker, size)) return;
    this.fence = undefined;
    // Behind code in a list no line is lazy, as behind a blank one.
    this.blank = !top;
    if (top) this.cut(next, false);
  }

  /** Whether `line` is no part of the block that grows. */
  private endsBefore(line: string, opening: Opening | undefined): boolean {
    const indent = indentOf(line);
    const fence = opening !== undefined && !opening.inItem && indent < 4;
    switch (this.kind) {
      case "list":
        if (indent >= this.content || isItem(line)) return false;
        return this.blank || fence || startsBlock(line);
      case "footnote":
        if (indent >= this.content) return false;
        return this.blank || fence || startsBlock(line) || isItem(line);
      case "indented":
        return indent < 4;
      case "heading":
        return true;
      default:
        // Code behind a rule goes on behind a blank line; a paragraph that took such a line in does not.
        if (indent >= 4) return this.blank && !this.deep;
        return this.blank || fence || isHeading(line) || interruptsParagraph(line);
    }
  }

  private isLong(): boolean {
    return this.scanned - this.start > LONG;
  }

  private mayBreakAt(line: string): boolean {
    if (this.scanned - this.start > 2 * ENDLESS) return true;
    if (this.kind === "list") return isItem(line) && indentOf(line) === 0;
    return this.kind === "other" || this.kind === "table";
  }

  private cut(at: number, runOn: boolean): void {
    const source = copyOf(this.text.slice(this.start, at));
    const refers = source.includes("][") || source.includes("[^");
    const block = { source, runOn: this.runOn, head: this.head, refers };
    const last = this.chunks.at(-1);
    if (last && last.length < CHUNK) this.chunks[this.chunks.length - 1] = [...last, block];
    else this.chunks.push([block]);
    if (!runOn || this.kind !== "table") this.head = "";
    else if (this.head === "") this.head = /^.*\n.*\n/.exec(source)?.[0] ?? "";
    this.start = at;
    this.runOn = runOn;
    this.kind = undefined;
    this.content = 0;
    this.blank = false;
    this.math = undefined;
  }

  /**
   * A line that has only begun may be known to begin a block: what is above it is settled then, and
   * neither parsed nor drawn with it.
   */
  cutBeforeLineBegun(): void {
    if (!this.kind || this.fence || this.math) return;
    if (!this.blank && this.kind !== "heading") return;
    const line = this.text.slice(this.scanned);
    if (line.trim() === "" || (this.kind === "list" && mayBecomeItem(line))) return;
    if (this.endsBefore(line, openingOf(line))) this.cut(this.scanned, false);
  }

  cutEndlessLine(): void {
    while (!this.fence && (this.kind === undefined || this.kind === "other")) {
      const from = Math.max(this.start, this.scanned);
      if (this.text.length - from < ENDLESS) return;
      const space = this.text.lastIndexOf(" ", from + LONG);
      this.cut(wholeCharacter(this.text, space > from ? space + 1 : from + LONG), true);
      this.scanned = this.start;
      this.kind = "other";
    }
  }

  result(): SplitText {
    const { text, chunks, start, scanned, fence, kind, content, blank, deep, runOn, head } = this;
    const { definitions, math } = this;
    return {
      ...{ text, chunks, start, scanned, fence, math, kind, content, blank, deep, runOn, head },
      definitions,
    };
  }
}

/**
 * A string of its own: a slice would keep the whole text alive that it was cut from, and each
 * picture of a growing answer has another.
 */
function copyOf(slice: string): string {
  return slice.split("\n").join("\n");
}

function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}
