import type { Message } from "../../../src/protocol/message.ts";
import { words } from "../i18n/words.ts";

/** Why an answer failed, in words for whoever asked. */
export function failureWords({ content, metadata }: Message): string {
  const code = metadata.failure?.code;
  const { failure } = words();
  const why = failure[code ?? "unknown"];
  return content === "" || code === "invalid_prompt" ? why : failure.kept(why);
}

/** "Next in line", "3rd in line, about 12 s": how many are ahead, from 0, and for how long, in ms. */
export function queueWords(position: number | undefined, estimateMs?: number): string {
  const { queue } = words();
  if (position === undefined) return queue.inLine;
  const place = position === 0 ? queue.next : queue.place(position + 1);
  if (estimateMs === undefined) return place;
  // Rounded as an estimate deserves: seconds, by fives from ten on, then minutes.
  const seconds = Math.max(1, Math.ceil(estimateMs / 1_000));
  if (seconds >= 90) return queue.aboutMinutes(place, Math.round(seconds / 60));
  return queue.aboutSeconds(place, seconds > 10 ? Math.ceil(seconds / 5) * 5 : seconds);
}
