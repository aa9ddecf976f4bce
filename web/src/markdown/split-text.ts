import type { BlockKind } from "./line-kinds.ts";

/** One top-level block of Markdown. */
export interface Block {
  readonly source: string;
  /** Goes on where the block before was cut for its length alone. */
  readonly runOn: boolean;
  /** The head of the table it goes on with, to be read before `source`. */
  readonly head: string;
  /** It names links or footnotes that a later block may define. */
  readonly refers: boolean;
}

/** A code fence that no line has closed yet. */
export interface Fence {
  readonly marker: string;
  readonly size: number;
  /** Opened at the top level: the block is nothing but this code. */
  readonly top: boolean;
  /** A line before this column ends the item, and the code in it. */
  readonly column: number;
  /** Where the line that opened it begins in the text. */
  readonly at: number;
}

/** A formula on lines of its own that no line has closed yet. */
export interface Formula {
  readonly closer: string;
  /** Behind the line that opened it: where to read on if it turns out to be none. */
  readonly after: number;
}

/** A text cut into blocks that later text cannot change, and the one that still grows. */
export interface SplitText {
  readonly text: string;
  /** Settled blocks in groups of `CHUNK`; a full group keeps its identity for good. */
  readonly chunks: readonly (readonly Block[])[];
  /** Where the growing block begins in `text`. */
  readonly start: number;
  readonly runOn: boolean;
  readonly head: string;
  /** Lines up to here are read. */
  readonly scanned: number;
  readonly fence: Fence | undefined;
  readonly math: Formula | undefined;
  /** What the growing block is; nothing has been read of it yet where absent. */
  readonly kind: BlockKind | undefined;
  /** From which column on a line belongs to the last item. */
  readonly content: number;
  readonly blank: boolean;
  /** The last line that is not blank is indented as code is. */
  readonly deep: boolean;
  /** Link and footnote definitions, which blocks before and after them may refer to. */
  readonly definitions: readonly string[];
}

/** So many blocks are a chunk. */
export const CHUNK = 4;

/** Nothing read yet. */
export const NO_TEXT: SplitText = {
  text: "",
  chunks: [],
  start: 0,
  runOn: false,
  head: "",
  scanned: 0,
  fence: undefined,
  math: undefined,
  kind: undefined,
  content: 0,
  blank: false,
  deep: false,
  definitions: [],
};
