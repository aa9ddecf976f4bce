import { readFile } from "node:fs/promises";
import { createAutoEngine } from "./auto.ts";
import { createEchoEngine } from "./echo.ts";
import { createEndpoint, type Endpoint } from "./endpoint.ts";
import type { Engine } from "./engine.ts";
import type { EngineConfig } from "./models-config.ts";
import { createOpenAiEngine } from "./openai.ts";
import { createRulesEngine, DEFAULT_RULES_FILE, readRules } from "./rules.ts";
import { createTgiEngine } from "./tgi.ts";
import { UpstreamError } from "./upstream-error.ts";

/** An engine, and what its circuit breaker goes by. */
export interface BuiltEngine {
  readonly engine: Engine;
  /** The same for all engines at one server. */
  readonly endpoint: string;
}

/** Environment variables by name: API keys are among them, under the names that `MODELS` gives. */
export type Environment = Readonly<Record<string, string | undefined>>;

function keyOf(
  { apiKeyEnv, apiKeyFile }: EngineConfig,
  environment: Environment,
): (() => Promise<string | undefined>) | undefined {
  if (apiKeyEnv !== undefined) {
    const key = environment[apiKeyEnv];
    if (!key) throw new TypeError(`The environment variable ${apiKeyEnv} is not set.`);
    return async () => key;
  }
  if (apiKeyFile === undefined) return undefined;
  return async () => {
    try {
      return (await readFile(apiKeyFile, "utf8")).trim();
    } catch (cause) {
      throw new UpstreamError("unavailable", "The model server's API key cannot be read.", {
        cause,
      });
    }
  };
}

/**
 * The engine that `config` describes.
 * @throws TypeError for a missing key or a wrong address, RuleFileError for a bad rule file.
 */
export function buildEngine(config: EngineConfig, environment: Environment): BuiltEngine {
  const { type, url = "", model, delayMs } = config;
  const apiKey = keyOf(config, environment);
  const serverAt = (): Endpoint => createEndpoint({ url, ...(apiKey && { apiKey }) });
  switch (type) {
    case "tgi": {
      const endpoint = serverAt();
      return { engine: createTgiEngine(endpoint), endpoint: endpoint.url };
    }
    case "openai": {
      const endpoint = serverAt();
      return { engine: createOpenAiEngine(endpoint, model), endpoint: endpoint.url };
    }
    case "auto": {
      const endpoint = serverAt();
      return { engine: createAutoEngine(endpoint, model), endpoint: endpoint.url };
    }
    case "echo":
      return { engine: createEchoEngine(delayMs), endpoint: "echo" };
    case "rules": {
      const rules = readRules(config.rulesFile ?? DEFAULT_RULES_FILE);
      return { engine: createRulesEngine(rules, delayMs), endpoint: "rules" };
    }
    default:
      return type satisfies never;
  }
}
