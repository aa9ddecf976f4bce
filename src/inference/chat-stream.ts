import * as z from "zod/mini";
import type { Piece } from "../domain/ports.ts";
import { brokenOff } from "./endpoint.ts";
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

/** What each server calls the natural end and a stop string, in one word. */
const FINISH_REASONS: ReadonlyMap<string, string> = new Map([
  ["eos_token", "stop"],
  ["stop_sequence", "stop"],
]);

/** A finish reason in the words of OpenAI. */
export function finishReasonOf(reason: string): string {
  return FINISH_REASONS.get(reason) ?? reason;
}

/**
 * The pieces in a stream of parsed chat chunks, of any OpenAI-compatible server. Only a finish
 * reason makes an answer whole: without one a clean end is `incomplete` as well.
 * @param controller Aborts the request: when the consumer leaves, and where the server leaves it
 *   open after the last token.
 * @throws UpstreamError for error events, garbled chunks and streams that break off.
 */
export async function* readChatStream(
  chunks: AsyncIterable<unknown>,
  signal: AbortSignal,
  controller: AbortController,
): AsyncGenerator<Piece, void, undefined> {
  let finishReason: string | undefined;
  // A token may be half a character: the server holds it back and sends "" in its place.
  let silentTokens = 0;
  let grace: NodeJS.Timeout | undefined;
  try {
    for await (const value of chunks) {
      const { choices, usage, error } = ChatChunk.parse(value);
      if (error !== undefined && error !== null) throw readRefusal(value);
      const choice = choices?.[0];
      const { content, reasoning, reasoning_content } = choice?.delta ?? {};
      const thought = reasoning || reasoning_content;
      if (content === "" && !thought) silentTokens += 1;
      if (thought) yield { type: "reasoning", text: thought, tokens: 1 };
      if (content) {
        yield { type: "text", text: content, tokens: 1 + silentTokens };
        silentTokens = 0;
      }
      if (choice?.finish_reason) {
        finishReason = finishReasonOf(choice.finish_reason);
        grace ??= setTimeout(() => controller.abort(), USAGE_GRACE_MS);
      }
      if (usage) {
        const { prompt_tokens, completion_tokens } = usage;
        yield {
          type: "usage",
          usage: {
            ...(typeof prompt_tokens === "number" && { promptTokens: prompt_tokens }),
            ...(typeof completion_tokens === "number" && { completionTokens: completion_tokens }),
          },
        };
      }
    }
  } catch (cause) {
    const error = brokenOff(cause, signal);
    // What breaks after the last token takes nothing from the answer.
    if (finishReason === undefined) throw error;
  } finally {
    clearTimeout(grace);
    controller.abort();
  }
  // vLLM and SGLang say `abort` when they are shut down, `error` when they fail: no end of a text.
  if (finishReason === undefined || ["abort", "error"].includes(finishReason)) {
    throw failure("incomplete");
  }
  yield { type: "end", finishReason };
}
