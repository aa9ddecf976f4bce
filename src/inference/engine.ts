import type {
  GenerateRequest,
  ModelLimits,
  Partial,
  TextGenerator,
} from "../domain/ports/model.ts";

import { UpstreamError } from "./upstream-error.ts";

/** The kinds of engine, as people see them. */
export type EngineType = "tgi" | "openai" | "echo" | "rules";

/** What an engine's server says of its bounds. */
export interface EngineLimits extends ModelLimits {
  /** Generations it runs at once. */
  readonly concurrency?: number;
}

/** What an engine's server said when last asked. */
export interface EngineState {
  readonly status: "ready" | "starting" | "unavailable";
  /** The model it serves, by its own name. */
  readonly model?: string;
}

/**
 * One way to run one model. `generate` tries once and retries nothing; where it cannot go on from
 * `continueFrom` its first piece is `restart`.
 */
export interface Engine extends TextGenerator {
  /** Undefined while the server has not said what it is. */
  readonly type: EngineType | undefined;
  /** Asks the server how it is. Never rejects but by `signal`. */
  probe(signal: AbortSignal): Promise<EngineState>;
  /** Undefined where the server does not say. Never rejects but by `signal`. */
  limits(signal: AbortSignal): Promise<EngineLimits | undefined>;
  /** Tokens of `text`, an estimate from above where the server does not count. Never rejects but by `signal`. */
  countTokens(text: string, signal: AbortSignal): Promise<number>;
}

/** How a server is that failed a probe: 503 is how llama.cpp says that it loads. */
export function statusOf(error: unknown): EngineState["status"] {
  return error instanceof UpstreamError && error.status === 503 ? "starting" : "unavailable";
}

/** What is to be continued; undefined where nothing is written yet. */
export function partialOf(request: GenerateRequest): Partial | undefined {
  const partial = request.continueFrom;
  return partial && (partial.text !== "" || partial.reasoning !== "") ? partial : undefined;
}

/** How many tokens of an answer of `maxTokens` are left to write, at least 1. */
export function remainingTokens(maxTokens: number, partial: Partial | undefined): number {
  return Math.max(1, maxTokens - (partial?.tokens ?? 0));
}
