import { foldText, type Word, wordsOf } from "../domain/fold-text.ts";

/** Bits of one filter; a power of two. */
const BITS = 16_384;
/** A filter with more bits than this set takes no further message: too many would match by chance. */
const FULL = BITS / 5;
/** Beginnings of a word that are entered, in UTF-16 units: all short ones, then steps. */
const LENGTHS = [1, 2, 3, 4, 5, 6, 8, 11];
const ENTERED = new Set(LENGTHS);
const LONGEST = Math.max(...LENGTHS);

/** Before the bits: the first place and the one after the last, 4 bytes each, the higher first. */
export const FILTER_HEAD_BYTES = 8;
export const FILTER_BYTES = FILTER_HEAD_BYTES + BITS / 8;

/** A Bloom filter of the words in some messages that follow each other. */
export interface WordFilter {
  /** Enters what a message says. */
  add(content: string): void;
  readonly isFull: boolean;
  /** As it is stored, of the messages at `from` to before `to`. */
  encode(from: number, to: number): Buffer;
}

export function createWordFilter(): WordFilter {
  const bytes = Buffer.alloc(FILTER_BYTES);
  let set = 0;
  function enter(hash: number): void {
    for (const bit of bitsOf(hash)) {
      const at = FILTER_HEAD_BYTES + (bit >> 3);
      // As SETBIT counts: the highest bit of a byte is its first.
      const mask = 0x80 >> (bit & 7);
      const byte = bytes[at] ?? 0;
      if ((byte & mask) === 0) set += 1;
      bytes[at] = byte | mask;
    }
  }
  return {
    add(content) {
      for (const word of wordsOf(foldText(content))) for (const hash of hashesOf(word)) enter(hash);
    },
    get isFull() {
      return set > FULL;
    },
    encode(from, to) {
      bytes.writeUInt32BE(from, 0);
      bytes.writeUInt32BE(to, 4);
      return bytes;
    },
  };
}

/** The bits that a filter has if all of the words may be in its messages. */
export function filterBitsOf(words: readonly Word[]): number[] {
  const bits = new Set<number>();
  for (const word of words) {
    const hashes = [...hashesOf(word)];
    // The longest beginning says it all; of a run without spaces every pair.
    const telling = word.isRun ? pairsOf(word.text) : hashes.slice(-1);
    for (const hash of telling) for (const bit of bitsOf(hash)) bits.add(bit);
  }
  return [...bits];
}

function* hashesOf({ text, isRun }: Word): Generator<number> {
  if (isRun) {
    for (const letter of text) yield hashOf(letter);
    if ([...text].length > 1) yield* pairsOf(text);
    return;
  }
  let hash = HASH_START;
  for (let at = 0; at < Math.min(text.length, LONGEST); at += 1) {
    hash = step(hash, text.charCodeAt(at));
    if (ENTERED.has(at + 1)) yield hash;
  }
}

function pairsOf(run: string): number[] {
  const letters = [...run];
  if (letters.length === 1) return [hashOf(run)];
  return letters.slice(1).map((letter, at) => hashOf(`${letters[at]}${letter}`));
}

/** FNV-1a, over UTF-16 units. */
const HASH_START = 0x811c9dc5;
function step(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

function hashOf(text: string): number {
  let hash = HASH_START;
  for (let at = 0; at < text.length; at += 1) hash = step(hash, text.charCodeAt(at));
  return hash;
}

/** Three bits of two numbers, each mixed as murmur3 ends: FNV alone leaves its last letters close together. */
function bitsOf(hash: number): readonly number[] {
  const one = mixed(hash);
  const other = mixed(hash ^ 0x9e3779b9);
  return [one % BITS, (one >>> 16) % BITS, other % BITS];
}

function mixed(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
