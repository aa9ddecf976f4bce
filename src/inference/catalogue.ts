import { setTimeout as sleep } from "node:timers/promises";
import { ChatError } from "../domain/errors.ts";
import type { Catalogue, ChatModel, ModelLimits } from "../domain/ports/model.ts";
import type { Model } from "../protocol/session.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { buildEngine, type Environment } from "./build-engine.ts";
import type { Engine, EngineLimits, EngineState } from "./engine.ts";
import type { EngineConfig, ModelConfig, ModelsConfig } from "./models-config.ts";
import { type EngineHealth, UNSEEN_UPSTREAM, type UpstreamWatch } from "./observer.ts";
import {
  createResilientGenerator,
  DEFAULT_RESILIENCE,
  type ResilienceOptions,
} from "./resilient.ts";

/** What a model is called while its server has not said its name; names the first one ever after. */
const DEFAULT_ID = "default";
/** Tokens of prompt and answer where neither server nor configuration says. */
const DEFAULT_CONTEXT_TOKENS = 8_192;
/** Names remembered of a server whose model changes. */
const MAX_FORMER_NAMES = 20;

export interface CatalogueOptions {
  /** A server that gives one more model, after `models`; engine and name are found by asking it. */
  readonly serverUrl?: string | undefined;
  readonly models?: ModelsConfig | undefined;
  /** Where `apiKeyEnv` is looked up. */
  readonly environment?: Environment;
  readonly resilience?: Partial<ResilienceOptions>;
  /** Milliseconds between two looks at a server that is ready. Default: 30,000. */
  readonly readyProbeMs?: number;
  /** The same for one that is not. Default: 5,000. */
  readonly awayProbeMs?: number;
  readonly observer?: UpstreamWatch;
}

/** A catalogue that also knows how much its default model can do at once. */
export interface ModelCatalogue extends Catalogue {
  /** Generations that the default model's server runs at once; undefined where it does not say. */
  concurrency(signal: AbortSignal): Promise<number | undefined>;
  /** Every engine of every model, as last seen. */
  health(): readonly EngineHealth[];
}

/** One engine of a model, and how it was when last asked. */
interface Member {
  readonly engine: Engine;
  readonly breaker: Breaker;
  /** Where it is, without credentials. */
  readonly server: string;
  readonly model: string | undefined;
  /** As the configuration says it: what stands in while the server was not seen. */
  readonly type: string;
  state: EngineState;
}

interface Entry {
  readonly config: ModelConfig | undefined;
  /** What runs it as long as it can. */
  readonly first: Member;
  readonly members: readonly Member[];
  /** Names that its server had, the last one in use at the end; of no matter where `config` names it. */
  readonly names: Set<string>;
}

function idOf({ config, names }: Entry): string {
  return config?.id ?? [...names].at(-1) ?? DEFAULT_ID;
}

/** `meta-llama/Llama-3.1-8B-Instruct` or `/data/model` without its path. */
function shortName(id: string): string {
  return id.replace(/\/+$/, "").split("/").at(-1) || id;
}

function nameOf(entry: Entry): string {
  const id = idOf(entry);
  return entry.config?.name ?? (id === DEFAULT_ID ? "Default" : shortName(id));
}

function engineOf({ first }: Entry): string {
  return first.engine.type ?? first.type;
}

function statusOf({ members }: Entry): Model["status"] {
  const seen = new Set(members.map(({ state }) => state.status));
  if (seen.has("ready")) return "ready";
  return seen.has("starting") ? "starting" : "unavailable";
}

/** The bounds within which every engine of a model can work. */
function narrowest(
  limits: readonly EngineLimits[],
  contextTokens: number | undefined,
): ModelLimits {
  const context = limits.map((it) => it.contextTokens);
  const input = limits.map((it) => it.inputTokens ?? Number.POSITIVE_INFINITY);
  const said = context.length === 0 ? undefined : Math.min(...context);
  const whole = Math.min(
    contextTokens ?? said ?? DEFAULT_CONTEXT_TOKENS,
    said ?? Number.POSITIVE_INFINITY,
  );
  const inputTokens = Math.min(...input);
  return { contextTokens: whole, ...(Number.isFinite(inputTokens) && { inputTokens }) };
}

/**
 * The models of a deployment. Looks at their servers until `signal` aborts.
 * @throws Error, TypeError or RuleFileError for a configuration that cannot work.
 */
export function createCatalogue(options: CatalogueOptions, signal: AbortSignal): ModelCatalogue {
  const { serverUrl, models = [], environment = {} } = options;
  const { readyProbeMs = 30_000, awayProbeMs = 5_000, observer = UNSEEN_UPSTREAM } = options;
  const resilience = { ...DEFAULT_RESILIENCE, ...options.resilience };
  const breakers = new Map<string, Breaker>();

  function breakerOf(endpoint: string): Breaker {
    const breaker =
      breakers.get(endpoint) ?? createBreaker({ onChange: (to) => observer.breaker(endpoint, to) });
    breakers.set(endpoint, breaker);
    return breaker;
  }

  function memberOf(config: EngineConfig): Member {
    const { engine, endpoint } = buildEngine(config, environment);
    const { type, model } = config;
    const breaker = breakerOf(endpoint);
    return { engine, breaker, server: endpoint, model, type, state: { status: "starting" } };
  }

  function entryOf(engines: readonly EngineConfig[], config: ModelConfig | undefined): Entry {
    const members = engines.map(memberOf);
    const [first] = members;
    if (!first) throw new TypeError("A model without engines cannot answer.");
    return { config, first, members, names: new Set() };
  }

  const entries = models.map((config) => entryOf(config.engines, config));
  if (serverUrl !== undefined) entries.push(entryOf([{ type: "auto", url: serverUrl }], undefined));
  const [preferred] = entries;
  if (!preferred) throw new TypeError("There is no model: set INFERENCE_SERVER_URL or MODELS.");

  /** Looks at one engine's server again and again. Ends with the signal. */
  async function watch(entry: Entry, member: Member): Promise<void> {
    while (!signal.aborted) {
      member.state = await member.engine.probe(signal);
      const { model } = member.state;
      if (model !== undefined) {
        entry.names.delete(model);
        entry.names.add(model);
        const [oldest] = entry.names.size > MAX_FORMER_NAMES ? entry.names : [];
        if (oldest !== undefined) entry.names.delete(oldest);
      }
      const ms = member.state.status === "ready" ? readyProbeMs : awayProbeMs;
      // Jitter: many replicas must not ask one server in step.
      await sleep(ms * (0.8 + Math.random() * 0.4), undefined, { signal, ref: false });
    }
  }

  for (const entry of entries) {
    for (const member of entry.members) {
      watch(entry, member).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  function find(id: string): Entry | undefined {
    const named = entries.find((entry) => idOf(entry) === id);
    // A server that was not seen yet may have any name: a stored conversation knows it already.
    const byServer = entries.find(
      ({ config, names }) => config === undefined && (names.size === 0 || names.has(id)),
    );
    return named ?? (id === DEFAULT_ID ? preferred : byServer);
  }

  function chatModelOf(entry: Entry): ChatModel {
    const id = idOf(entry);
    const engine = engineOf(entry);
    const candidates = entry.members.map((member) => ({
      engine: member.engine,
      breaker: member.breaker,
      model: member === entry.first ? id : (member.model ?? id),
    }));
    const generator = createResilientGenerator(
      candidates,
      { engine, model: id },
      resilience,
      observer,
    );
    return {
      id,
      engine,
      generate: (request, signal) => generator.generate(request, signal),
      async limits(signal) {
        const limits = await Promise.all(entry.members.map((it) => it.engine.limits(signal)));
        return narrowest(
          limits.filter((it) => it !== undefined),
          entry.config?.contextTokens,
        );
      },
      countTokens: (text, signal) => entry.first.engine.countTokens(text, signal),
    };
  }

  return {
    models: () =>
      entries.map((entry) => ({
        id: idOf(entry),
        name: nameOf(entry),
        engine: engineOf(entry),
        status: statusOf(entry),
      })),
    pick(id) {
      const entry = id === undefined ? preferred : find(id);
      if (!entry) throw new ChatError("invalid", "There is no model of that name.");
      return chatModelOf(entry);
    },
    health: () =>
      entries.flatMap((entry) =>
        entry.members.map(({ engine, type, server, state: { status }, breaker }) => ({
          model: idOf(entry),
          engine: engine.type ?? type,
          server,
          status,
          breaker: breaker.state(),
        })),
      ),
    async concurrency(signal) {
      return (await preferred.first.engine.limits(signal))?.concurrency;
    },
  };
}
