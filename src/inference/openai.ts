import type { Piece } from "../domain/ports/model.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Engine, partialOf, statusOf } from "./engine.ts";
import { createOpenAiChat } from "./openai-chat.ts";
import {
  askOpenAiLimits,
  askOpenAiTokens,
  askServedModel,
  type ServedModel,
} from "./openai-server.ts";
import { remember } from "./remember.ts";
import { createTokenCounter } from "./token-count.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Passes pieces on. False where the server refused the prompt before the first of them. */
async function* unlessRefused(
  pieces: AsyncIterable<Piece>,
): AsyncGenerator<Piece, boolean, undefined> {
  let begun = false;
  try {
    for await (const piece of pieces) {
      begun = true;
      yield piece;
    }
    return true;
  } catch (error) {
    const refused = error instanceof UpstreamError && error.code === "invalid_prompt";
    if (begun || !refused) throw error;
    return false;
  }
}

/**
 * An engine that asks any server with OpenAI's chat completions at `endpoint` for `model`, by
 * default the first that it lists.
 */
export function createOpenAiEngine(endpoint: Endpoint, model?: string): Engine {
  const chat = createOpenAiChat(endpoint);
  const ask = (signal: AbortSignal) => askServedModel(endpoint, model, signal);
  const lastServed = remember(ask);

  /** @throws UpstreamError where the server does not answer and no model was named. */
  async function served(signal: AbortSignal): Promise<ServedModel> {
    const known = await lastServed(signal);
    if (known) return known;
    return model === undefined ? ask(signal) : { dialect: "other", id: model };
  }

  return {
    type: "openai",
    async probe(signal) {
      try {
        return { status: "ready", model: (await ask(signal)).id };
      } catch (error) {
        signal.throwIfAborted();
        return { status: statusOf(error) };
      }
    },
    limits: remember(async (signal) => askOpenAiLimits(endpoint, await served(signal), signal)),
    countTokens: createTokenCounter(async (text, signal) =>
      askOpenAiTokens(endpoint, await served(signal), text, signal),
    ),
    async *generate(request, signal) {
      const { id, dialect } = await served(signal);
      const partial = partialOf(request);
      if (partial) {
        // OpenAI itself continues nothing, and inside a thought no chat route can go on.
        if (dialect !== "other" && partial.text.trim() !== "") {
          if (yield* unlessRefused(chat(request, id, partial, signal))) return;
        }
        yield { type: "restart" };
      }
      yield* chat(request, id, undefined, signal);
    },
  };
}
