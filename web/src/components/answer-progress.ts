import type { Chat } from "../state/chat.ts";
import type { Progress } from "./announcements.ts";
import { failureWords, queueWords } from "./failure-words.ts";

/** How the newest answer on screen is doing, for those who listen. */
export function answerProgress(chat: Chat): Progress | undefined {
  const path = chat.path();
  const { live } = chat.conversations.current.get();
  const growing = path.find(({ message }) => live.has(message.id))?.message.id;
  const generation = growing && live.get(growing);
  if (generation) {
    const { status, position, estimateMs, text } = generation;
    const waiting = status !== "running" && text.text === "";
    return {
      id: growing,
      phase: waiting ? "waiting" : "growing",
      text: text.text,
      note: waiting && position !== undefined ? queueWords(position, estimateMs) : "",
    };
  }
  const last = path.findLast(({ message }) => message.role === "assistant")?.message;
  if (!last) return undefined;
  const { id, parentId, content: text, status } = last;
  const failed = status === "failed";
  const phase = failed || status === "stopped" ? status : "done";
  const isNews = chat.writing.isAsked(parentId);
  return { id, phase, text, note: failed ? failureWords(last) : "", isNews };
}
