import type { Piece } from "../domain/ports/model.ts";

const OPEN = "<think>";
const CLOSE = "</think>";

/** Tells inline thought from answer, in text that arrives in pieces cut anywhere. */
export interface ThoughtSplitter {
  /** What is certain by now of `text`, which cost `tokens`. */
  push(text: string, tokens: number): readonly Piece[];
  /** What was held back, once nothing follows. */
  end(): readonly Piece[];
}

/** Where a text stands: before anything, inside `<think>`, or behind it. */
export type ThoughtState = "start" | "thinking" | "answering";

/** The length of the longest end of `text` that begins `tag`, which is not in it. */
function heldBack(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}

/**
 * Splits `<think>…</think>` off the beginning of a text; later tags are the answer's own words. The
 * two parts and the tags put together are the text again, so that it can be continued.
 */
export function createThoughtSplitter(initial: ThoughtState): ThoughtSplitter {
  let state = initial;
  let held = "";
  let heldTokens = 0;

  function release(type: "text" | "reasoning", text: string): readonly Piece[] {
    if (text === "") return [];
    const tokens = heldTokens;
    heldTokens = 0;
    return [{ type, text, tokens }];
  }

  function split(): readonly Piece[] {
    if (state === "start") {
      const begun = held.trimStart();
      if (OPEN.startsWith(begun) && begun !== OPEN) return [];
      state = begun.startsWith(OPEN) ? "thinking" : "answering";
      if (state === "thinking") held = begun.slice(OPEN.length);
    }
    const text = held;
    held = "";
    if (state === "answering") return release("text", text);
    const close = text.indexOf(CLOSE);
    if (close < 0) {
      const certain = text.length - heldBack(text, CLOSE);
      held = text.slice(certain);
      return release("reasoning", text.slice(0, certain));
    }
    state = "answering";
    const reasoning = release("reasoning", text.slice(0, close));
    return [...reasoning, ...release("text", text.slice(close + CLOSE.length))];
  }

  return {
    push(text, tokens) {
      held += text;
      heldTokens += tokens;
      return split();
    },
    end() {
      const text = held;
      held = "";
      return release(state === "thinking" ? "reasoning" : "text", text);
    },
  };
}

/**
 * The text a model wrote, tags included, from its two parts: the reverse of the splitter.
 * @param opened Whether the prompt itself ends in `<think>`, as some templates do.
 */
export function joinThought(reasoning: string, text: string, opened: boolean): string {
  if (reasoning === "" && !opened) return text;
  const thought = (opened ? "" : OPEN) + reasoning;
  return text === "" ? thought : thought + CLOSE + text;
}

/** Whether a rendered prompt makes the model begin inside its thought. */
export function opensThought(prompt: string): boolean {
  return prompt.trimEnd().endsWith(OPEN);
}
