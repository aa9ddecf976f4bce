import { InferenceClient, InferenceClientProviderApiError } from "@huggingface/inference";
import type { Piece, PromptMessage } from "../domain/ports/model.ts";
import type { Parameters } from "../protocol/conversation.ts";
import { readChatStream } from "./chat-stream.ts";
import type { Endpoint } from "./endpoint.ts";
import { deferred } from "./iterate.ts";
import { readSse, type SseEvent } from "./sse.ts";
import { failure, readRefusal } from "./upstream-error.ts";

export interface TgiChatRequest {
  readonly messages: readonly PromptMessage[];
  readonly parameters: Parameters;
  /** Of this completion alone. */
  readonly maxTokens: number;
  readonly traceparent?: string | undefined;
}

/** One chat completion of TGI, thought still inline. An assistant's message at the end is continued. */
export type TgiChat = (request: TgiChatRequest, signal: AbortSignal) => AsyncIterable<Piece>;

/**
 * The parameters that TGI's routes call by the same name. Neutral ones are left out: it refuses
 * `top_p: 1`.
 */
export function sharedParameters(parameters: Parameters) {
  const { topP, frequencyPenalty, seed, stop } = parameters;
  return {
    ...(topP !== undefined && topP < 1 && { top_p: topP }),
    ...(frequencyPenalty && { frequency_penalty: frequencyPenalty }),
    ...(seed !== undefined && { seed }),
    ...(stop?.length && { stop: stop.slice(0, 4) }),
  };
}

/** The chat route of the TGI server at `endpoint`, through Hugging Face's client. */
export function createTgiChat(endpoint: Endpoint): TgiChat {
  const client = new InferenceClient().endpoint(endpoint.url);

  async function open(
    { messages, parameters, maxTokens, traceparent }: TgiChatRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<SseEvent>> {
    const { temperature, presencePenalty } = parameters;
    const body = {
      // Anything else is taken for the name of a LoRA adapter.
      model: "tgi",
      messages: messages.map(({ role, content }) => ({ role, content })),
      max_tokens: maxTokens,
      ...(temperature !== undefined && { temperature }),
      // Zero would become a repetition penalty of 2.
      ...(presencePenalty && { presence_penalty: presencePenalty }),
      ...sharedParameters(parameters),
      stream_options: { include_usage: true },
    };
    let answer: AsyncIterable<Uint8Array> | undefined;
    try {
      // The client makes the request and judges the head of the answer. The stream itself is read
      // here: by the client's own reader a token costs twice the CPU (`docs/performance.md`).
      const head = client.chatCompletionStream(body, {
        signal,
        // The client's own retry has neither delay nor bound.
        retry_on_error: false,
        fetch: async (url, init) => {
          const response = await endpoint.open(
            String(url),
            String(init?.body),
            signal,
            traceparent,
          );
          answer = response.body;
          const type = response.header("content-type");
          return new Response(null, type === null ? {} : { headers: { "content-type": type } });
        },
      });
      await head.next();
    } catch (cause) {
      if (!(cause instanceof InferenceClientProviderApiError)) throw cause;
      // The client's error carries the whole prompt: it must not become the cause of ours.
      throw readRefusal(cause.httpResponse.body);
    }
    if (answer === undefined) throw failure("unavailable");
    return readSse(answer);
  }

  return (request, signal) => {
    // The client leaves a request open when its consumer leaves: the reader aborts it.
    const controller = new AbortController();
    const joined = AbortSignal.any([signal, controller.signal]);
    return readChatStream(
      deferred(() => open(request, joined)),
      signal,
      controller,
    );
  };
}
