import { type Random, random } from "./random.ts";

const WORDS = [
  ..."青い空 星 漢字かな交じり文 한국어 中文 東京都 𠮷野家 émigré naïve שלום مرحبا ไทย".split(" "),
  ..."😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽 🏳️‍🌈 e\u0301 𝒳 the quick brown fox jumps `code` **bold** a b c".split(" "),
];

/** Words of one to four bytes a character, and of several code points; each with its number. */
function words(choice: Random, count: number): string {
  let text = "";
  for (let word = 0; word < count; word += 1) {
    const space = word === 0 ? "" : choice.chance(0.1) ? "\n\n" : " ";
    text += `${space}${choice.pick(WORDS)}${word}`;
  }
  return text;
}

const lastLine = (question: string) => question.split("\n").at(-1) ?? "";

/** The whole answer to a question, the same in every process. Its last line alone decides. */
export function answerTo(question: string): string {
  const line = lastLine(question);
  const length = Number(/\((\d+)\)/.exec(line)?.[1] ?? 40);
  return words(random(0, line), length);
}

/** What is thought before that answer: about every second question needs none. */
export function thoughtTo(question: string): string {
  const choice = random(1, lastLine(question));
  return choice.chance(0.5) ? "" : words(choice, choice.between(3, 15));
}

/** A question whose answer has that many words. */
export function question(words: number): string {
  return `Question ${crypto.randomUUID()} (${words})`;
}
