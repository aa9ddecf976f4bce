import { random } from "./random.ts";

const WORDS = [
  ..."青い空 星 漢字かな交じり文 한국어 中文 東京都 𠮷野家 émigré naïve שלום مرحبا ไทย".split(" "),
  ..."😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽 🏳️‍🌈 e\u0301 𝒳 the quick brown fox jumps `code` **bold** a b c".split(" "),
];

/**
 * The whole answer to a question, the same in every process: words of one to four bytes a character,
 * and of several code points. The last line of the question alone decides.
 */
export function answerTo(question: string): string {
  const line = question.split("\n").at(-1) ?? "";
  const length = Number(/\((\d+)\)/.exec(line)?.[1] ?? 40);
  const choice = random(0, line);
  let text = "";
  for (let word = 0; word < length; word += 1) {
    const space = word === 0 ? "" : choice.chance(0.1) ? "\n\n" : " ";
    text += `${space}${choice.pick(WORDS)}${word}`;
  }
  return text;
}

/** A question whose answer has that many words. */
export function question(words: number): string {
  return `Question ${crypto.randomUUID()} (${words})`;
}
