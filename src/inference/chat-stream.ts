import * as z from "zod/mini";
import type { Piece } from "../domain/ports/model.ts";
import { brokenOff } from "./endpoint.ts";
import { mapped } from "./iterate.ts";
import type { SseEvent } from "./sse.ts";
import { failure, readRefusal } from "./upstream-error.ts";

/** How long the usage may come after the last token, in milliseconds. */
const USAGE_GRACE_MS = 2_000;

const Text = z.optional(z.nullable(z.string()));
const Count = z.optional(z.nullable(z.int().check(z.nonnegative())));

/** What is read of a `chat.completion.chunk`; every server adds fields of its own. */
const ChatChunk = z.object({
  choices: z.optional(
    z.nullable(
      z.array(
        z.object({
          delta: z.optional(
            z.nullable(z.object({ content: Text, reasoning: Text, reasoning_content: Text })),
          ),
          finish_reason: Text,
        }),
      ),
    ),
  ),
  usage: z.optional(z.nullable(z.object({ prompt_tokens: Count, completion_tokens: Count }))),
  error: z.optional(z.unknown()),
});

type ChatChunk = z.infer<typeof ChatChunk> | null;

/** What each server calls the natural end and a stop string, in one word. */
const FINISH_REASONS: ReadonlyMap<string, string> = new Map([
  ["eos_token", "stop"],
  ["stop_sequence", "stop"],
]);

/** A finish reason in the words of OpenAI. */
export function finishReasonOf(reason: string): string {
  return FINISH_REASONS.get(reason) ?? reason;
}

/** The error in an `error` event or field: an object, the same once more wrapped, or mere words. */
function errorIn(data: string): unknown {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && "error" in value ? value.error : value;
  } catch {
    return data;
  }
}

/**
 * The text of a chunk that says nothing else, as all but the last ones do: looked at by hand, a tenth
 * of a schema's cost. Undefined for any other chunk.
 */
function plainText(value: ChatChunk): string | undefined {
  if (!Array.isArray(value?.choices) || value.choices.length !== 1) return undefined;
  if (value.usage || value.error) return undefined;
  const choice = value.choices[0];
  if (typeof choice?.delta !== "object" || choice.delta === null || choice.finish_reason) {
    return undefined;
  }
  const { content, reasoning, reasoning_content } = choice.delta;
  return typeof content === "string" && content !== "" && !reasoning && !reasoning_content
    ? content
    : undefined;
}

/**
 * The pieces in a stream of chat chunks, of any OpenAI-compatible server. Only a finish reason makes
 * an answer whole: without one a clean end is `incomplete` as well.
 * @param controller Aborts the request: when the consumer leaves, and where the server leaves it
 *   open after the last token.
 * @throws UpstreamError for error events, garbled chunks and streams that break off.
 */
export function readChatStream(
  events: AsyncIterable<SseEvent>,
  signal: AbortSignal,
  controller: AbortController,
): AsyncIterableIterator<Piece> {
  let finishReason: string | undefined;
  // A token may be half a character: the server holds it back and sends "" in its place.
  let silentTokens = 0;
  let grace: NodeJS.Timeout | undefined;

  function text(content: string): Piece {
    const tokens = 1 + silentTokens;
    silentTokens = 0;
    return { type: "text", text: content, tokens };
  }

  function read(value: unknown): readonly Piece[] {
    const { choices, usage, error } = ChatChunk.parse(value);
    if (error !== undefined && error !== null) throw readRefusal(value);
    const pieces: Piece[] = [];
    const choice = choices?.[0];
    const { content, reasoning, reasoning_content } = choice?.delta ?? {};
    const thought = reasoning || reasoning_content;
    if (content === "" && !thought) silentTokens += 1;
    if (thought) pieces.push({ type: "reasoning", text: thought, tokens: 1 });
    if (content) pieces.push(text(content));
    if (choice?.finish_reason) {
      finishReason = finishReasonOf(choice.finish_reason);
      grace ??= setTimeout(() => controller.abort(), USAGE_GRACE_MS);
    }
    if (usage) {
      const { prompt_tokens, completion_tokens } = usage;
      pieces.push({
        type: "usage",
        usage: {
          ...(typeof prompt_tokens === "number" && { promptTokens: prompt_tokens }),
          ...(typeof completion_tokens === "number" && { completionTokens: completion_tokens }),
        },
      });
    }
    return pieces;
  }

  function whole(): readonly Piece[] {
    // vLLM and SGLang say `abort` when they are shut down, `error` when they fail: no end of a text.
    if (finishReason === undefined || ["abort", "error"].includes(finishReason)) {
      throw failure("incomplete");
    }
    return [{ type: "end", finishReason }];
  }

  return mapped(events, {
    push({ event, data }) {
      if (event === "error") return read({ error: errorIn(data) });
      // The end of the stream tells as much as `[DONE]`, and lets the connection be used again.
      if (data === "" || data === "[DONE]") return [];
      const value = JSON.parse(data);
      const plain = plainText(value);
      return plain === undefined ? read(value) : [text(plain)];
    },
    end: whole,
    failed(cause) {
      const error = brokenOff(cause, signal);
      // What breaks after the last token takes nothing from the answer.
      if (finishReason === undefined) throw error;
      return whole();
    },
    done() {
      clearTimeout(grace);
      controller.abort();
    },
  });
}
