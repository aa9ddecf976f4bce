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

/** "Next in line", "2nd in line": how many are ahead, from 0. */
export function queueWords(position: number | undefined): string {
  if (position === undefined) return "In line";
  if (position === 0) return "Next in line";
  return `${ordinal(position + 1)} in line`;
}

const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };
const ordinals = new Intl.PluralRules("en", { type: "ordinal" });

function ordinal(count: number): string {
  return `${count}${ENDINGS[ordinals.select(count)] ?? "th"}`;
}
