import type { Message } from "../../../src/protocol/message.ts";

/** Why an answer failed, in words for whoever asked. */
export function failureWords(message: Message): string {
  const kept = message.content === "" ? "" : " What it had written is kept.";
  switch (message.metadata.failure?.code) {
    case "overloaded":
      return `The model server is too busy right now.${kept}`;
    case "unavailable":
      return `The model server cannot be reached.${kept}`;
    case "incomplete":
      return `The answer broke off.${kept}`;
    case "timeout":
      return `The model server stopped answering.${kept}`;
    case "invalid_prompt":
      return "The model cannot take this conversation; it may be too long for it.";
    case "poison":
      return `This answer failed again and again, so it was given up.${kept}`;
    case undefined:
      return `The answer failed.${kept}`;
  }
}

/** "Next in line", "3rd in line, about 12 s": how many are ahead, from 0, and for how long, in ms. */
export function queueWords(position: number | undefined, estimateMs?: number): string {
  if (position === undefined) return "In line";
  const place = position === 0 ? "Next in line" : `${ordinal(position + 1)} in line`;
  return estimateMs === undefined ? place : `${place}, ${durationWords(estimateMs)}`;
}

/** Rounded as an estimate deserves: seconds, by fives from ten on, then minutes. */
function durationWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  if (seconds >= 90) return `about ${Math.round(seconds / 60)} min`;
  return `about ${seconds > 10 ? Math.ceil(seconds / 5) * 5 : seconds} s`;
}

const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });

function ordinal(count: number): string {
  return `${count}${ENDINGS[ordinals.select(count)] ?? "th"}`;
}
