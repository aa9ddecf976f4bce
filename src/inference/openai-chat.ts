import type { GenerateRequest, Partial, Piece, PromptMessage } from "../domain/ports/model.ts";
import { readChatStream } from "./chat-stream.ts";
import type { Endpoint } from "./endpoint.ts";
import { remainingTokens } from "./engine.ts";
import { deferred, mapped } from "./iterate.ts";
import { createSpaceSeam } from "./seam.ts";
import type { SseEvent } from "./sse.ts";
import { UpstreamError } from "./upstream-error.ts";

/** One chat completion of the model that the server calls `model`, going on from `partial`. */
export type OpenAiChat = (
  request: GenerateRequest,
  model: string,
  partial: Partial | undefined,
  signal: AbortSignal,
) => AsyncIterable<Piece>;

/** What a server turned out not to take, by its own complaint. */
interface Quirks {
  streamOptions: boolean;
  maxTokens: "max_tokens" | "max_completion_tokens";
}

/** Takes a refusal as a lesson for all requests to come. False where it teaches nothing new. */
function learn(quirks: Quirks, error: unknown): boolean {
  if (!(error instanceof UpstreamError) || error.code !== "invalid_prompt") return false;
  if (quirks.streamOptions && error.message.includes("stream_options")) {
    quirks.streamOptions = false;
    return true;
  }
  if (quirks.maxTokens === "max_tokens" && error.message.includes("max_completion_tokens")) {
    quirks.maxTokens = "max_completion_tokens";
    return true;
  }
  return false;
}

/** The conversation, with what is written of the answer at its end. */
function messagesOf(messages: readonly PromptMessage[], partial: Partial | undefined) {
  if (!partial) return messages;
  const { text, reasoning } = partial;
  const thought = reasoning === "" ? {} : { reasoning, reasoning_content: reasoning };
  // Some templates trim the white space at the end and some keep it: without it they agree.
  return [...messages, { role: "assistant", content: text.trimEnd(), ...thought }];
}

function bodyOf(
  { messages, parameters }: GenerateRequest,
  model: string,
  partial: Partial | undefined,
  quirks: Quirks,
) {
  const { temperature, topP, maxTokens, stop, seed, presencePenalty, frequencyPenalty } =
    parameters;
  return {
    model,
    messages: messagesOf(messages, partial),
    stream: true,
    ...(quirks.streamOptions && { stream_options: { include_usage: true } }),
    ...(maxTokens !== undefined && { [quirks.maxTokens]: remainingTokens(maxTokens, partial) }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && topP < 1 && { top_p: topP }),
    ...(stop?.length && { stop }),
    ...(seed !== undefined && { seed }),
    ...(presencePenalty && { presence_penalty: presencePenalty }),
    ...(frequencyPenalty && { frequency_penalty: frequencyPenalty }),
    ...(partial && { continue_final_message: true, add_generation_prompt: false }),
  };
}

/** What a continuation adds: no repeated white space, and no second thought once the answer began. */
function afterPartial(
  pieces: AsyncIterable<Piece>,
  { text }: Partial,
): AsyncIterableIterator<Piece> {
  const seam = createSpaceSeam(text.slice(text.trimEnd().length));
  return mapped<Piece, Piece>(pieces, {
    // A reasoning parser that did not see `</think>`, which is in the prompt, takes all for thought.
    push: (piece) =>
      piece.type === "text" || piece.type === "reasoning"
        ? [{ ...piece, type: "text", text: seam(piece.text) }]
        : [piece],
  });
}

/** The chat route of the server at `endpoint`. What it does not take it is not sent again. */
export function createOpenAiChat(endpoint: Endpoint): OpenAiChat {
  const quirks: Quirks = { streamOptions: true, maxTokens: "max_tokens" };

  async function open(
    request: GenerateRequest,
    model: string,
    partial: Partial | undefined,
    signal: AbortSignal,
  ): Promise<AsyncIterable<SseEvent>> {
    const body = bodyOf(request, model, partial, quirks);
    try {
      return await endpoint.stream("/v1/chat/completions", body, signal, request.traceparent);
    } catch (error) {
      if (!learn(quirks, error)) throw error;
      return await open(request, model, partial, signal);
    }
  }

  return (request, model, partial, signal) => {
    const controller = new AbortController();
    const joined = AbortSignal.any([signal, controller.signal]);
    const upstream = deferred(() => open(request, model, partial, joined));
    const pieces = readChatStream(upstream, signal, controller);
    return partial ? afterPartial(pieces, partial) : pieces;
  };
}
