import { ChatError } from "./errors.ts";
import { flushWindowMs } from "./flush-window.ts";
import type { AppendResult, Claim, Mismatch, StreamedText, WorkQueue } from "./ports/turn.ts";

/** Text that is flushed at once, however short the pause before, in UTF-16 units. */
const FLUSH_LENGTH = 512;
/** The longest entry, in UTF-16 units: one huge message would hold up everything behind it. */
const MAX_ENTRY_LENGTH = 8_192;
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
  /** Gives the store again what it lost. To be called when nothing waits, `flush` follows. */
  mend(stands: Mismatch): void;
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
  /** Told how each append went. */
  readonly onAppended?: ((result: AppendResult["type"]) => void) | undefined;
}

/**
 * Writes an answer into its delta stream: the first text at once, then as much together as arrives
 * while an append is under way and, under load, in a window after it. One append at a time, so that
 * positions follow each other; one that fails is tried again with the same number.
 */
export function createDeltaWriter(
  queue: Pick<WorkQueue, "append">,
  first: Claim,
  { from, signal, onLost, onStop, onAppended }: DeltaWriterOptions,
): DeltaWriter {
  let claim = first;
  let { text, reasoning, tokens, entries } = from;
  /** Units of each part that the stream has. */
  let ends = { text: text.length, reasoning: reasoning.length };
  /** What of each part this claim's fence stands on: all before is another run's. */
  let base = ends;
  let anew = false;
  let pending: Pending[] = [];
  let appendMs = 0;
  let pump: Promise<void> | undefined;
  let hurry = false;
  let wake: () => void = () => undefined;

  /** Writes a piece, and before it whatever the store turns out to have lost. */
  async function append(next: Pending): Promise<void> {
    let missing: readonly Pending[] = [next];
    let retryMs = MIN_RETRY_MS;
    for (let piece = missing[0]; piece !== undefined; piece = missing[0]) {
      signal.throwIfAborted();
      const began = performance.now();
      const { part, text: more, tokens: cost } = piece;
      const kind = part ?? "text";
      try {
        const entry = { entry: entries + 1, at: ends[kind], text: more, tokens: cost, part };
        const result = await queue.append(claim, entry);
        appendMs = 0.8 * appendMs + 0.2 * (performance.now() - began);
        onAppended?.(result.type);
        if (result.type === "lost") {
          onLost();
          signal.throwIfAborted();
          return;
        }
        if (result.type === "mismatch") {
          missing = heal(result, missing);
          continue;
        }
        entries += 1;
        ends = { ...ends, [kind]: ends[kind] + more.length };
        missing = missing.slice(1);
        if (result.stop) onStop();
      } catch (error) {
        if (!(error instanceof ChatError && error.code === "unavailable")) throw error;
        await pause(retryMs * (0.5 + Math.random() / 2), signal);
        retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
      }
    }
  }

  /** The store lost its last writes: what it has not of both parts, it gets again. */
  function heal(stands: Mismatch, missing: readonly Pending[]): readonly Pending[] {
    const reach = { ...ends };
    let cost = 0;
    for (const piece of missing) {
      reach[piece.part ?? "text"] += piece.text.length;
      cost += piece.tokens;
    }
    // Of what another run wrote after the place where this one went on, nothing counts.
    const own = stands.fence === claim.fence;
    entries = stands.entries;
    ends = {
      text: own ? stands.text : Math.min(stands.text, base.text),
      reasoning: own ? stands.reasoning : Math.min(stands.reasoning, base.reasoning),
    };
    const thought = reasoning.slice(ends.reasoning, reach.reasoning);
    const said = text.slice(ends.text, reach.text);
    // An answer that began anew says so again, by a reasoning that may be empty.
    const thinks = thought !== "" || (anew && !own);
    return [
      ...(thinks ? cut({ part: "reasoning", text: thought, tokens: 0 }) : []),
      ...(said === "" ? [] : cut({ part: undefined, text: said, tokens: cost })),
    ];
  }

  async function writeAll(): Promise<void> {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      for (const piece of cut(next)) await append(piece);
      const window = flushWindowMs(appendMs);
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

    mend(stands) {
      pending = [...heal(stands, [])];
      if (pending.length > 0) return;
      // It has what this run does not count, behind a break: all of it anew.
      ends = { text: 0, reasoning: 0 };
      pending = [
        ...cut({ part: "reasoning", text: reasoning, tokens: 0 }),
        ...cut({ part: undefined, text, tokens }),
      ];
    },

    restart(refenced) {
      claim = refenced;
      text = "";
      reasoning = "";
      tokens = 0;
      ends = { text: 0, reasoning: 0 };
      base = ends;
      anew = true;
      // Under a new fence an empty reasoning voids both parts on every screen at once.
      pending = [{ part: "reasoning", text: "", tokens: 0 }];
      start().catch(() => undefined);
    },
  };
}

function isLong(pending: readonly Pending[]): boolean {
  return pending.reduce((sum, { text }) => sum + text.length, 0) >= FLUSH_LENGTH;
}

/** In pieces of at most the length of an entry, none of which splits a surrogate pair. */
function cut({ part, text, tokens }: Pending): Pending[] {
  const pieces: Pending[] = [];
  let rest = text;
  while (rest.length > MAX_ENTRY_LENGTH) {
    const half = /[\uD800-\uDBFF]/.test(rest.charAt(MAX_ENTRY_LENGTH - 1));
    const length = half ? MAX_ENTRY_LENGTH - 1 : MAX_ENTRY_LENGTH;
    pieces.push({ part, text: rest.slice(0, length), tokens: 0 });
    rest = rest.slice(length);
  }
  return [...pieces, { part, text: rest, tokens }];
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
