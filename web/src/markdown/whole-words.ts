/** No word is looked for further back than this. */
const WINDOW = 200;

const segmenter =
  "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "word" }) : undefined;

/**
 * The end of the last whole word of `text` that ends at or before `until`, at least `from`; never
 * within a character that is made of several.
 */
export function wholeWordsUntil(text: string, from: number, until: number): number {
  if (until <= from) return from;
  if (until >= text.length) return text.length;
  const begin = Math.max(from, until - WINDOW);
  // A little further than `until`, to see whether the word goes on.
  const piece = text.slice(begin, until + WINDOW);
  let end = begin;
  for (const boundary of boundaries(piece)) {
    if (begin + boundary > until) break;
    end = begin + boundary;
  }
  return Math.max(from, end);
}

function* boundaries(piece: string): Generator<number> {
  if (segmenter) {
    for (const { index } of segmenter.segment(piece)) if (index > 0) yield index;
    return;
  }
  for (const match of piece.matchAll(/\s+/g)) yield match.index + match[0].length;
}
