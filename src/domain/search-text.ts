import { findWord, foldText, type Word, wordsOf } from "./fold-text.ts";
import { type PlainText, plainTextAt } from "./plain-text.ts";

/** Words of a query beyond these are not looked at. */
const MAX_WORDS = 10;
/** So many places of a word are looked at for one that can be read. */
const MAX_PLACES = 10;
/** What an excerpt shows before and from the match on, in UTF-16 units. */
const BEFORE_LENGTH = 50;
const AFTER_LENGTH = 150;

/** What somebody looks for. */
export interface SearchQuery {
  readonly folded: string;
  readonly words: readonly Word[];
}

export function parseQuery(query: string): SearchQuery {
  const folded = foldText(query).trim();
  return { folded, words: [...wordsOf(folded)].slice(0, MAX_WORDS) };
}

/** Whether a title holds all words, anywhere; or the very text where there is no word in it. */
export function titleMatches(title: string, { folded, words }: SearchQuery): boolean {
  const text = foldText(title);
  if (words.length === 0) return folded !== "" && text.includes(folded);
  return words.every((word) => text.includes(word.text));
}

/** Whether all words are somewhere in a text or in its JSON: quick, and never wrongly false. */
export function mayMatch(text: string, { words }: SearchQuery): boolean {
  const folded = foldText(text);
  return words.every((word) => folded.includes(word.text));
}

/**
 * The text around the first word of the query, if all of them are there; `undefined` otherwise.
 * Markdown is read as its page reads.
 */
export function excerptOf(
  content: string,
  { words }: SearchQuery,
  format: "text" | "markdown" = "text",
): string | undefined {
  const [word, ...others] = words;
  if (word === undefined) return undefined;
  const folded = foldText(content);
  const first = findWord(folded, word);
  if (first < 0 || others.some((other) => findWord(folded, other) < 0)) return undefined;
  const plain = format === "markdown" ? readable(content, folded, word, first) : undefined;
  if (plain !== undefined) return cut(plain);
  const at = unfolded(content, folded, first);
  return cut({ text: content, at, isBegun: false, isCut: false });
}

/** The text around the first place from `first` on where the word is not in an address or a sign. */
function readable(
  content: string,
  folded: string,
  word: Word,
  first: number,
): PlainText | undefined {
  let at = first;
  for (let places = 0; at >= 0 && places < MAX_PLACES; places += 1) {
    const plain = plainTextAt(content, unfolded(content, folded, at));
    if (plain !== undefined) return plain;
    at = findWord(folded, word, at + 1);
  }
  return undefined;
}

/** The position in the text of a position in the folded text. */
function unfolded(content: string, folded: string, at: number): number {
  if (folded.length === content.length) return at;
  let length = 0;
  // A letter with its marks folds as it does in the whole.
  for (const { 0: letter, index } of content.matchAll(/\P{M}\p{M}*|\p{M}+/gu)) {
    length += foldText(letter).length;
    if (length > at) return index;
  }
  return 0;
}

/** One line of the text around a position. */
function cut({ text: content, at, isBegun, isCut }: PlainText): string {
  let from = Math.max(0, at - BEFORE_LENGTH);
  // From the beginning of a word on, where one begins.
  const space = /\s/.exec(content.slice(from, at));
  if (from > 0 && space !== null) from += space.index;
  const to = Math.min(content.length, at + AFTER_LENGTH);
  const piece = whole(content, from, to).replaceAll(/\s+/g, " ").trim();
  const isEnd = to === content.length && !isCut;
  return `${from > 0 || isBegun ? "…" : ""}${piece}${isEnd ? "" : "…"}`;
}

/** A piece of the text without the halves of pairs at its ends. */
function whole(content: string, from: number, to: number): string {
  const begin = /[\uDC00-\uDFFF]/.test(content.charAt(from)) ? from + 1 : from;
  const end = /[\uD800-\uDBFF]/.test(content.charAt(to - 1)) ? to - 1 : to;
  return content.slice(begin, end);
}
