import * as z from "zod/mini";
import type { GenerateRequest, Piece } from "../domain/ports/model.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Engine, type EngineLimits, partialOf, remainingTokens, statusOf } from "./engine.ts";
import { deferred, mapped } from "./iterate.ts";
import { remember } from "./remember.ts";
import { createTgiChat } from "./tgi-chat.ts";
import { createTgiContinuation, renderPrompt } from "./tgi-continuation.ts";
import { createThoughtSplitter, opensThought, type ThoughtState } from "./thought.ts";
import { createTokenCounter } from "./token-count.ts";

/** The longest answer where nobody said: TGI would fill all the room that is left. */
const DEFAULT_MAX_TOKENS = 2_048;

const Count = z.optional(z.nullable(z.int().check(z.positive())));

/** What `/info` says, as far as it is of use. Old versions have `max_input_length`. */
const Info = z.object({
  model_id: z.string(),
  max_total_tokens: Count,
  max_input_tokens: Count,
  max_input_length: Count,
  max_concurrent_requests: Count,
});

/** The model of a TGI server, by its own name; undefined for what answers but is none. */
export async function askTgiModel(
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<string | undefined> {
  return Info.safeParse(await endpoint.ask("/info", signal)).data?.model_id;
}

/** Inline thought as reasoning, the rest as text. */
function splitThought(
  pieces: AsyncIterable<Piece>,
  state: ThoughtState,
  first: readonly Piece[] = [],
): AsyncIterable<Piece> {
  const splitter = createThoughtSplitter(state);
  let before = first;
  return mapped<Piece, Piece>(pieces, {
    push(piece) {
      const begun = before;
      before = [];
      const split =
        piece.type === "text"
          ? splitter.push(piece.text, piece.tokens ?? 0)
          : [...(piece.type === "end" ? splitter.end() : []), piece];
      return begun.length === 0 ? split : [...begun, ...split];
    },
  });
}

/** An engine that asks the Text Generation Inference server at `endpoint`. */
export function createTgiEngine(endpoint: Endpoint): Engine {
  const chat = createTgiChat(endpoint);
  const continuation = createTgiContinuation(endpoint, chat);
  const limits = remember(async (signal): Promise<EngineLimits | undefined> => {
    const info = Info.parse(await endpoint.ask("/info", signal));
    const inputTokens = info.max_input_tokens ?? info.max_input_length;
    if (!info.max_total_tokens) return undefined;
    return {
      contextTokens: info.max_total_tokens,
      ...(inputTokens && { inputTokens }),
      ...(info.max_concurrent_requests && { concurrency: info.max_concurrent_requests }),
    };
  });
  /** Whether the template lets the model begin inside its thought, with no opening tag to be seen. */
  const startsInThought = remember(async (signal) => {
    const prompt = await renderPrompt(endpoint, [{ role: "user", content: "Hello" }], signal);
    return prompt !== undefined && opensThought(prompt);
  });

  async function maxTokens(request: GenerateRequest, signal: AbortSignal): Promise<number> {
    const asked = request.parameters.maxTokens;
    if (asked !== undefined) return asked;
    const context = (await limits(signal))?.contextTokens ?? DEFAULT_MAX_TOKENS * 2;
    return Math.max(1, Math.min(DEFAULT_MAX_TOKENS, Math.floor(context / 2)));
  }

  async function open(
    request: GenerateRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Piece>> {
    const { messages, parameters, traceparent } = request;
    const whole = await maxTokens(request, signal);
    const partial = partialOf(request);
    if (partial) {
      const rest = {
        messages,
        parameters,
        maxTokens: remainingTokens(whole, partial),
        traceparent,
      };
      const going = await continuation(rest, partial, signal);
      if (going) return splitThought(going, partial.text === "" ? "thinking" : "answering");
    }
    const state = (await startsInThought(signal)) ? "thinking" : "start";
    const pieces = chat({ messages, parameters, maxTokens: whole, traceparent }, signal);
    // One that cannot go on begins anew, as soon as it says something.
    return splitThought(pieces, state, partial ? [{ type: "restart" }] : []);
  }

  return {
    type: "tgi",
    async probe(signal) {
      try {
        const model = await askTgiModel(endpoint, signal);
        return model === undefined ? { status: "unavailable" } : { status: "ready", model };
      } catch (error) {
        signal.throwIfAborted();
        return { status: statusOf(error) };
      }
    },
    limits,
    countTokens: createTokenCounter(async (text, signal) => {
      const tokens = await endpoint.ask("/tokenize", signal, { inputs: text });
      return z.array(z.unknown()).parse(tokens).length;
    }),
    generate: (request, signal) => deferred(() => open(request, signal)),
  };
}
