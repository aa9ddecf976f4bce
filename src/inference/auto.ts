import type { Endpoint } from "./endpoint.ts";
import { type Engine, type EngineState, statusOf } from "./engine.ts";
import { deferred } from "./iterate.ts";
import { createOpenAiEngine } from "./openai.ts";
import { remember } from "./remember.ts";
import { askTgiModel, createTgiEngine } from "./tgi.ts";
import { estimateTokens } from "./token-count.ts";
import { failure, UpstreamError } from "./upstream-error.ts";

/**
 * An engine that finds out what the server at `endpoint` speaks: TGI where `/info` names a model,
 * else OpenAI's protocol where `/v1/models` does. Each probe asks anew, so a server that was
 * replaced by another kind is found again; until one answers, each generation asks too.
 */
export function createAutoEngine(endpoint: Endpoint, model?: string): Engine {
  let current: Engine | undefined;
  let currentModel: string | undefined;

  function adopt(engine: Engine, served: string): EngineState {
    if (current?.type !== engine.type || currentModel !== served) {
      current = engine;
      currentModel = served;
    }
    return { status: "ready", model: served };
  }

  async function probe(signal: AbortSignal): Promise<EngineState> {
    try {
      const served = await askTgiModel(endpoint, signal);
      if (served !== undefined) return adopt(createTgiEngine(endpoint), served);
    } catch (error) {
      signal.throwIfAborted();
      const otherKind = error instanceof UpstreamError && error.permanent;
      if (!otherKind) return { status: statusOf(error) };
    }
    const openAi = createOpenAiEngine(endpoint, model);
    const state = await openAi.probe(signal);
    return state.model === undefined ? state : adopt(openAi, state.model);
  }

  const asked = remember(async (signal) => {
    await probe(signal);
    if (!current) throw failure("unavailable");
  });

  return {
    get type() {
      return current?.type;
    },
    probe,
    async limits(signal) {
      if (!current) await asked(signal);
      return current?.limits(signal);
    },
    async countTokens(text, signal) {
      signal.throwIfAborted();
      return current ? current.countTokens(text, signal) : estimateTokens(text);
    },
    generate: (request, signal) =>
      deferred(async () => {
        if (!current) await probe(signal);
        if (!current) throw failure("unavailable");
        return current.generate(request, signal);
      }),
  };
}
