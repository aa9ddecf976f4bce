import * as z from "zod/mini";
import type { Partial, Piece, PromptMessage } from "../domain/ports/model.ts";
import { finishReasonOf } from "./chat-stream.ts";
import { brokenOff, type Endpoint } from "./endpoint.ts";
import { createSpaceSeam } from "./seam.ts";
import { sharedParameters, type TgiChat, type TgiChatRequest } from "./tgi-chat.ts";
import { joinThought, opensThought } from "./thought.ts";
import { failure, readRefusal, UpstreamError } from "./upstream-error.ts";

/** Shorter ends of a prompt are found by TGI in the wrong place: it searches for the text. */
const MIN_CHAT_PARTIAL = 16;
/** How much of a prompt is tokenised to see its beginning, in UTF-16 units. */
const PROMPT_HEAD = 256;

const RenderedPrompt = z.object({ templated_text: z.string() });

const PromptTokens = z.array(
  z.object({ id: z.int(), text: z.string(), start: z.int(), stop: z.int() }),
);

/** One event of `/generate_stream`. */
const GeneratedToken = z.object({
  token: z.optional(z.object({ text: z.string(), special: z.boolean() })),
  generated_text: z.optional(z.nullable(z.string())),
  details: z.optional(
    z.nullable(
      z.object({
        finish_reason: z.string(),
        generated_tokens: z.optional(z.int()),
        input_length: z.optional(z.nullable(z.int())),
      }),
    ),
  ),
  error: z.optional(z.unknown()),
  error_type: z.optional(z.unknown()),
});

/** The pieces of an answer that goes on, thought still inline. */
type Continuation = AsyncIterable<Piece>;

/**
 * Asks TGI to go on with a partial answer. `maxTokens` of the request is what is left to write.
 * @returns undefined where this server cannot do so without harm to the text.
 */
export type TgiContinuation = (
  request: TgiChatRequest,
  partial: Partial,
  signal: AbortSignal,
) => Promise<Continuation | undefined>;

/** The prompt that the server makes of messages; undefined where it has no such route. */
export async function renderPrompt(
  endpoint: Endpoint,
  messages: readonly PromptMessage[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const body = { model: "tgi", messages };
  const rendered = await orWithout(() => endpoint.ask("/chat_tokenize", signal, body));
  return RenderedPrompt.safeParse(rendered).data?.templated_text;
}

/** Undefined for a route that the server refuses for good; passing trouble is thrown, to be retried. */
async function orWithout<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof UpstreamError && error.permanent) return undefined;
    throw error;
  }
}

/** The last pieces, from the last event. */
function* ending({ details }: z.infer<typeof GeneratedToken>): Generator<Piece, void, undefined> {
  const { finish_reason, generated_tokens, input_length } = details ?? {};
  yield {
    type: "usage",
    usage: {
      ...(generated_tokens !== undefined && { completionTokens: generated_tokens }),
      ...(typeof input_length === "number" && { promptTokens: input_length }),
    },
  };
  yield { type: "end", finishReason: finishReasonOf(finish_reason ?? "stop") };
}

/** `/generate_stream` with the text itself as prompt, so that the seam is where the text ended. */
async function* generateStream(
  endpoint: Endpoint,
  inputs: string,
  { parameters, maxTokens, traceparent }: TgiChatRequest,
  signal: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  const { temperature, presencePenalty } = parameters;
  const body = {
    inputs,
    parameters: {
      max_new_tokens: maxTokens,
      details: true,
      // As the chat route does it: zero is greedy, all else samples.
      do_sample: temperature !== 0,
      ...(temperature && { temperature }),
      ...(presencePenalty && presencePenalty > -2 && { repetition_penalty: presencePenalty + 2 }),
      ...sharedParameters(parameters),
    },
  };
  const controller = new AbortController();
  try {
    const joined = AbortSignal.any([signal, controller.signal]);
    let silentTokens = 0;
    const events = await endpoint.stream("/generate_stream", body, joined, traceparent);
    for await (const { data } of events) {
      const event = GeneratedToken.parse(JSON.parse(data));
      if (event.error !== undefined) throw readRefusal(event);
      const text = event.token?.special ? "" : (event.token?.text ?? "");
      if (text === "") silentTokens += 1;
      else {
        yield { type: "text", text, tokens: 1 + silentTokens };
        silentTokens = 0;
      }
      if (typeof event.generated_text !== "string") continue;
      yield* ending(event);
      return;
    }
  } catch (cause) {
    throw brokenOff(cause, signal);
  } finally {
    controller.abort();
  }
  throw failure("incomplete");
}

/**
 * What the template wrote for the beginning of the text, which `/generate_stream` adds once more;
 * `""` where it adds nothing, undefined where that cannot be seen.
 */
async function repeatedStart(
  endpoint: Endpoint,
  prompt: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  // The cut may halve an emoji, and half of one is no JSON to the server.
  const inputs = prompt.slice(0, PROMPT_HEAD).toWellFormed();
  const answer = await orWithout(() => endpoint.ask("/tokenize", signal, { inputs }));
  const tokens = PromptTokens.safeParse(answer);
  if (!tokens.success) return undefined;
  const [first, second] = tokens.data;
  const added = first !== undefined && first.start === first.stop;
  return added && second?.id === first.id && prompt.startsWith(second.text) ? second.text : "";
}

async function* afterTrimmed(
  pieces: AsyncIterable<Piece>,
  trailing: string,
): AsyncGenerator<Piece, void, undefined> {
  const seam = createSpaceSeam(trailing);
  for await (const piece of pieces) {
    yield piece.type === "text" ? { ...piece, text: seam(piece.text) } : piece;
  }
}

/** How the TGI server at `endpoint` continues: by its raw route, else by its chat route with care. */
export function createTgiContinuation(endpoint: Endpoint, chat: TgiChat): TgiContinuation {
  async function byChat(
    request: TgiChatRequest,
    partial: Partial,
    signal: AbortSignal,
  ): Promise<Continuation | undefined> {
    const content = partial.text.trimEnd();
    if (partial.reasoning !== "" || content.length < MIN_CHAT_PARTIAL) return undefined;
    const messages: readonly PromptMessage[] = [
      ...request.messages,
      { role: "assistant", content },
    ];
    const prompt = await renderPrompt(endpoint, messages, signal);
    if (!prompt?.endsWith(content)) return undefined;
    return afterTrimmed(chat({ ...request, messages }, signal), partial.text.slice(content.length));
  }

  return async (request, partial, signal) => {
    const prompt = await renderPrompt(endpoint, request.messages, signal);
    if (prompt === undefined) return undefined;
    const repeated = await repeatedStart(endpoint, prompt, signal);
    if (repeated === undefined) return byChat(request, partial, signal);
    const written = joinThought(partial.reasoning, partial.text, opensThought(prompt));
    const inputs = prompt.slice(repeated.length) + written;
    return generateStream(endpoint, inputs, request, signal);
  };
}
