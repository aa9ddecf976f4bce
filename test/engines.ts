import { afterEach } from "vitest";
import type { GenerateRequest, Partial as PartialAnswer } from "../src/domain/ports/model.ts";
import { createBreaker } from "../src/inference/breaker.ts";
import { createEndpoint } from "../src/inference/endpoint.ts";
import type { Engine } from "../src/inference/engine.ts";
import { createOpenAiEngine } from "../src/inference/openai.ts";
import { createResilientGenerator, type ResilienceOptions } from "../src/inference/resilient.ts";
import { createTgiEngine } from "../src/inference/tgi.ts";
import type { Parameters } from "../src/protocol/conversation.ts";
import { createModelServer, type ModelServer, type ModelServerOptions } from "./model-server.ts";

/** What the servers of these tests answer: 14 tokens. */
export const ANSWER = "The quick brown fox jumps over the lazy dog, 你好 🎉 and so on.";

/** A signal that does not abort. */
export const never = new AbortController().signal;

/** Patience and waits that a test can sit out. */
const FAST: ResilienceOptions = {
  firstTokenMs: 5_000,
  betweenTokensMs: 5_000,
  retryMs: 5_000,
  backOffMs: 2,
  maxBackOffMs: 10,
  maxContinues: 3,
};

/** Starts model servers that end with the test they were started in. */
export function useModelServers(): (options?: ModelServerOptions) => Promise<ModelServer> {
  const servers: ModelServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((it) => it.close()));
  });
  return async (options = {}) => {
    const server = await createModelServer({ answer: ANSWER, ...options });
    servers.push(server);
    return server;
  };
}

/** A question, with what is already written of its answer. */
export function ask(parameters: Parameters = {}, continueFrom?: PartialAnswer): GenerateRequest {
  const messages = [{ role: "user", content: "Tell me." }] as const;
  return { messages, parameters, ...(continueFrom && { continueFrom }) };
}

/** What the `n`th generation request said, from 1. */
export function bodyOf(server: ModelServer, n = 1): Record<string, unknown> {
  return server.generations[n - 1]?.body as Record<string, unknown>;
}

/** The engine for a server of that dialect. */
export function engineAt(
  { url }: ModelServer,
  dialect: ModelServerOptions["dialect"] = "tgi",
): Engine {
  const endpoint = createEndpoint({ url });
  return dialect === "tgi" ? createTgiEngine(endpoint) : createOpenAiEngine(endpoint);
}

/** A generator over engines in their order; the nth runs `model n`, and `model 1` is announced. */
export function generatorOf(
  engines: readonly Engine[],
  options: Partial<ResilienceOptions> = {},
  breaker = createBreaker(),
) {
  const candidates = engines.map((engine, at) => ({
    engine,
    breaker: at === 0 ? breaker : createBreaker(),
    model: `model ${at + 1}`,
  }));
  const announced = { engine: engines[0]?.type ?? "", model: "model 1" };
  return createResilientGenerator(candidates, announced, { ...FAST, ...options });
}
