import { words } from "../i18n/words.ts";
import { sentencesEnd } from "./sentences-end.ts";

/** The newest answer on screen, as far as a listener is concerned. */
export interface Progress {
  readonly id: string;
  readonly phase: "waiting" | "growing" | "done" | "stopped" | "failed";
  readonly text: string;
  /** Its place in the queue, or why it failed, in words. */
  readonly note: string;
  /** The listener asked for it: it is told even where it has ended when it is first seen. */
  readonly isNews?: boolean;
}

/** What a listener has heard of an answer. */
export interface Heard {
  readonly id: string;
  /** Up to where the text was read out. */
  readonly read: number;
  readonly note: string;
  /** It has been announced, and its end will be. */
  readonly begun: boolean;
  readonly ended: boolean;
}

/** Whoever comes in the middle does not hear all of it again. */
const MIDDLE = 200;
const LONGEST = 600;

/**
 * What to say next of an answer, by whole sentences, and what has been heard after that. What was
 * there before (`heard` undefined: another conversation was opened) is not read out.
 */
export function announce(
  heard: Heard | undefined,
  progress: Progress | undefined,
): { readonly heard: Heard | undefined; readonly say: readonly string[] } {
  if (!progress) return { heard: undefined, say: [] };
  const { id, phase, text } = progress;
  const ended = phase !== "waiting" && phase !== "growing";
  if (heard?.id !== id) {
    const old = ended && progress.isNews !== true;
    const late = ended ? old : text.length > MIDDLE;
    const fresh = { id, read: late ? text.length : 0, note: "", begun: false, ended: old };
    return old ? { heard: fresh, say: [] } : announce(fresh, progress);
  }
  if (heard.ended) return { heard, say: [] };
  const say: string[] = [];
  if (phase === "waiting" && progress.note !== heard.note) say.push(progress.note);
  const begins = !heard.begun && heard.read === 0 && (phase === "growing" || phase === "done");
  if (begins) say.push(words().announce.answerBegins);
  const end = ended ? text.length : sentencesEnd(text, heard.read);
  const fresh = end > heard.read ? plain(text.slice(heard.read, end)) : "";
  if (fresh !== "") say.push(fresh.length > LONGEST ? `${fresh.slice(0, LONGEST)}…` : fresh);
  if (phase === "done") say.push(words().announce.answerEnded);
  if (phase === "stopped") say.push(words().announce.answerStopped);
  if (phase === "failed") say.push(words().announce.answerFailed(progress.note));
  const begun = heard.begun || begins;
  return { heard: { id, read: Math.max(end, heard.read), note: progress.note, begun, ended }, say };
}

/** Without the marks of Markdown. */
function plain(text: string): string {
  return text
    .replaceAll(/[*_`#>|~]+/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}
