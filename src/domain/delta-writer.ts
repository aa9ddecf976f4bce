import { ChatError } from "./errors.ts";
import type { Claim, StreamedText, WorkQueue } from "./ports.ts";

/** Text that is flushed at once, however short the pause before, in UTF-16 units. */
const FLUSH_LENGTH = 512;
/** The longest entry, in UTF-16 units: one huge message would hold up everything behind it. */
const MAX_ENTRY_LENGTH = 8_192;
/** The longest pause between two flushes, in ms. */
const MAX_WINDOW_MS = 250;
/** An append faster than this, in ms, is an idle store: no pause at all. */
const IDLE_APPEND_MS = 3;
/** Pauses between attempts while the store is away, in ms. */
const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

interface Pending {
  readonly part: "reasoning" | undefined;
  text: string;
  tokens: number;
}

export interface DeltaWriter {
  /** What is written or waits to be. */
  readonly written: Pick<StreamedText, "text" | "reasoning" | "tokens">;
  push(text: string, tokens: number, part?: "reasoning"): void;
  /** Resolves once all is written; rejects with the reason once the generation is lost. */
  flush(): Promise<void>;
  /** Voids what was written, under the claim's new fence. */
  restart(claim: Claim): void;
}

export interface DeltaWriterOptions {
  /** What its stream has already. */
  readonly from: StreamedText;
  /** Aborts when the generation is lost; waiting for the store ends with it. */
  readonly signal: AbortSignal;
  /** The generation belongs to another worker, has ended, or its conversation is gone. */
  readonly onLost: () => void;
  readonly onStop: () => void;
}

/**
 * Writes an answer into its delta stream: the first text at once, then as much together as arrives
 * while an append is under way and, under load, in a window after it. One append at a time, so that
 * positions follow each other; one that fails is tried again with the same number.
 */
export function createDeltaWriter(
  queue: Pick<WorkQueue, "append">,
  first: Claim,
  { from, signal, onLost, onStop }: DeltaWriterOptions,
): DeltaWriter {
  let claim = first;
  let { text, reasoning, tokens, entries } = from;
  /** Units of each part that the stream has. */
  let ends = { text: text.length, reasoning: reasoning.length };
  let pending: Pending[] = [];
  let appendMs = 0;
  let pump: Promise<void> | undefined;
  let hurry = false;
  let wake: () => void = () => undefined;

  async function append(next: Pending): Promise<void> {
    let { text: rest } = next;
    const kind = next.part ?? "text";
    for (let retryMs = MIN_RETRY_MS; ; ) {
      signal.throwIfAborted();
      const began = performance.now();
      try {
        const result = await queue.append(claim, {
          entry: entries + 1,
          at: ends[kind],
          text: rest,
          tokens: next.tokens,
          part: next.part,
        });
        appendMs = 0.8 * appendMs + 0.2 * (performance.now() - began);
        if (result.type === "lost") {
          onLost();
          signal.throwIfAborted();
          return;
        }
        if (result.type === "mismatch") {
          // The store lost its last writes: what it has not, it gets again.
          const whole = kind === "text" ? text : reasoning;
          const reaches = ends[kind] + rest.length;
          rest = whole.slice(result.end, reaches);
          ends = { ...ends, [kind]: result.end };
          entries = result.entries;
          continue;
        }
        entries += 1;
        ends = { ...ends, [kind]: ends[kind] + rest.length };
        if (result.stop) onStop();
        return;
      } catch (error) {
        if (!(error instanceof ChatError && error.code === "unavailable")) throw error;
        await pause(retryMs * (0.5 + Math.random() / 2), signal);
        retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
      }
    }
  }

  async function writeAll(): Promise<void> {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      if (next.text.length > MAX_ENTRY_LENGTH) {
        const [head, tail] = splitAt(next, MAX_ENTRY_LENGTH);
        pending.unshift(tail);
        await append(head);
        continue;
      }
      await append(next);
      const window = appendMs <= IDLE_APPEND_MS ? 0 : Math.min(MAX_WINDOW_MS, 2 * appendMs);
      if (window > 0 && !hurry && !isLong(pending)) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, window);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  function start(): Promise<void> {
    pump ??= writeAll().finally(() => {
      pump = undefined;
    });
    return pump;
  }

  return {
    get written() {
      return { text, reasoning, tokens };
    },

    push(more, cost, part) {
      if (part === "reasoning") reasoning += more;
      else text += more;
      tokens += cost;
      const last = pending.at(-1);
      if (last !== undefined && last.part === part) {
        last.text += more;
        last.tokens += cost;
      } else {
        pending.push({ part, text: more, tokens: cost });
      }
      if (isLong(pending)) wake();
      // What goes wrong is told to who flushes; a loss has aborted the signal by then.
      start().catch(() => undefined);
    },

    async flush() {
      hurry = true;
      wake();
      try {
        while (pump !== undefined || pending.length > 0) await start();
        signal.throwIfAborted();
      } finally {
        hurry = false;
      }
    },

    restart(refenced) {
      claim = refenced;
      text = "";
      reasoning = "";
      tokens = 0;
      ends = { text: 0, reasoning: 0 };
      // Under a new fence an empty reasoning voids both parts on every screen at once.
      pending = [{ part: "reasoning", text: "", tokens: 0 }];
      start().catch(() => undefined);
    },
  };
}

function isLong(pending: readonly Pending[]): boolean {
  return pending.reduce((sum, { text }) => sum + text.length, 0) >= FLUSH_LENGTH;
}

/** Cuts without splitting a surrogate pair. */
function splitAt({ part, text, tokens }: Pending, length: number): [Pending, Pending] {
  const at = /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return [
    { part, text: text.slice(0, at), tokens: 0 },
    { part, text: text.slice(at), tokens },
  ];
}

/** @throws the signal's reason once it aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
  signal.throwIfAborted();
}
