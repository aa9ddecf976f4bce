import { InferenceClient, InferenceClientProviderApiError } from "@huggingface/inference";
import type { Piece, PromptMessage } from "../domain/ports.ts";
import type { Parameters } from "../protocol/conversation.ts";
import { readChatStream } from "./chat-stream.ts";
import type { Endpoint } from "./endpoint.ts";
import { readRefusal } from "./upstream-error.ts";

export interface TgiChatRequest {
  readonly messages: readonly PromptMessage[];
  readonly parameters: Parameters;
  /** Of this completion alone. */
  readonly maxTokens: number;
}

/** One chat completion of TGI, thought still inline. An assistant's message at the end is continued. */
export type TgiChat = (
  request: TgiChatRequest,
  signal: AbortSignal,
) => AsyncGenerator<Piece, void, undefined>;

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

  async function* chunks(
    { messages, parameters, maxTokens }: TgiChatRequest,
    signal: AbortSignal,
  ): AsyncGenerator<unknown, void, undefined> {
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
    try {
      yield* client.chatCompletionStream(body, {
        signal,
        // The client's own retry has neither delay nor bound.
        retry_on_error: false,
        fetch: (url, init) => endpoint.fetch(String(url), { ...init }),
      });
    } catch (cause) {
      if (!(cause instanceof InferenceClientProviderApiError)) throw cause;
      // The client's error carries the whole prompt: it must not become the cause of ours.
      throw readRefusal(cause.httpResponse.body);
    }
  }

  return (request, signal) => {
    // The client leaves a request open when its consumer leaves: the reader aborts it.
    const controller = new AbortController();
    const joined = AbortSignal.any([signal, controller.signal]);
    return readChatStream(chunks(request, joined), signal, controller);
  };
}
