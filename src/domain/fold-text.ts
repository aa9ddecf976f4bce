/** Marks that people leave out when they search: accents, vowel points, and what is not seen at all. */
const UNWRITTEN =
  /[\u0300-\u036f]|[\u0591-\u05c7]|[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed]|\u0640|\p{Cf}/gu;
/** Letters that Unicode does not take apart. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  ð: "d",
  ø: "o",
  þ: "th",
  đ: "d",
  ħ: "h",
  ł: "l",
  œ: "oe",
  ς: "σ",
};
const SPECIAL = new RegExp(`[${Object.keys(PLAIN).join("")}]`, "g");
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant.
const ASCII = /^[\x00-\x7f]*$/;

/** Text as a search compares it: without case, accents, and different ways to write the same letter. */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return (
    text
      .normalize("NFKD")
      .replaceAll(UNWRITTEN, "")
      // Upper case first: there "ı" is an "I". "ẞ" has no other, and becomes "ß" only then.
      .toUpperCase()
      .toLowerCase()
      .replaceAll(SPECIAL, (letter) => PLAIN[letter] ?? letter)
      .normalize("NFC")
  );
}

/** Scripts that put no spaces between words. */
const UNSPACED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー々`;
const ASCII_WORD = /[a-z0-9]+/g;
const WORD = new RegExp(String.raw`[${UNSPACED}]+|(?:(?![${UNSPACED}])[\p{L}\p{N}\p{M}])+`, "gu");
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, "u");
const ENDS_IN_WORD = new RegExp(String.raw`(?:(?![${UNSPACED}])[\p{L}\p{N}\p{M}])$`, "u");

/** A word; or a run of letters without spaces, whose words nobody marked. */
export interface Word {
  readonly text: string;
  readonly isRun: boolean;
}

/** The words of a folded text, in order. */
export function* wordsOf(folded: string): Generator<Word> {
  if (ASCII.test(folded)) {
    for (const [text] of folded.matchAll(ASCII_WORD)) yield { text, isRun: false };
    return;
  }
  for (const [text] of folded.matchAll(WORD)) yield { text, isRun: IS_UNSPACED.test(text) };
}

/** Where in a folded text, from `begin` on, a word begins that begins with `word`; -1 for nowhere. */
export function findWord(folded: string, { text, isRun }: Word, begin = 0): number {
  for (let at = folded.indexOf(text, begin); at >= 0; at = folded.indexOf(text, at + 1)) {
    if (isRun || at === 0 || !ENDS_IN_WORD.test(folded.slice(Math.max(0, at - 2), at))) return at;
  }
  return -1;
}
