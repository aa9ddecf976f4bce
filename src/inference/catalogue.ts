import { setTimeout as sleep } from "node:timers/promises";
import { absentModel } from "../domain/absent-model.ts";
import { ChatError } from "../domain/errors.ts";
import type { FoundModels } from "../domain/ports/found-model.ts";
import type { Catalogue, ChatModel } from "../domain/ports/model.ts";
import type { Model } from "../protocol/session.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { buildEngine, type Environment } from "./build-engine.ts";
import {
  DEFAULT_ID,
  type Entry,
  engineOf,
  idOf,
  type Member,
  modelOf,
  narrowest,
  remembered,
} from "./catalogue-entry.ts";
import { createFoundEntries } from "./found-entries.ts";
import type { EngineConfig, ModelConfig, ModelsConfig } from "./models-config.ts";
import { type EngineHealth, UNSEEN_UPSTREAM, type UpstreamWatch } from "./observer.ts";
import {
  createResilientGenerator,
  DEFAULT_RESILIENCE,
  type ResilienceOptions,
} from "./resilient.ts";

/** How long a name that is not known may yet come to be: another pod knew it a moment earlier, in ms. */
const SETTLE_MS = 2_000;
/** How often is looked whether it has, in ms. */
const LOOK_MS = 50;

export interface CatalogueOptions {
  /** A server that gives one more model, after `models`; engine and name are found by asking it. */
  readonly serverUrl?: string | undefined;
  readonly models?: ModelsConfig | undefined;
  /** Models are found at run time, too, and there may be none. Default: no. */
  readonly discovers?: boolean;
  /** Where `apiKeyEnv` is looked up. */
  readonly environment?: Environment;
  readonly resilience?: Partial<ResilienceOptions>;
  /** Milliseconds between two looks at a server that is ready. Default: 30,000. */
  readonly readyProbeMs?: number;
  /** The same for one that is not. Default: 5,000. */
  readonly awayProbeMs?: number;
  readonly observer?: UpstreamWatch;
}

/** A catalogue that changes, and also knows how much its default model can do at once. */
export interface ModelCatalogue extends Catalogue {
  /** Takes the place of what was found before. */
  found(found: FoundModels): void;
  /** Calls back whenever what `models` gives is another. */
  onChange(listener: (models: readonly Model[]) => void): void;
  /** Generations that the default model's server runs at once; undefined where it does not say. */
  concurrency(signal: AbortSignal): Promise<number | undefined>;
  /** Every engine of every model, as last seen. */
  health(): readonly EngineHealth[];
}

/**
 * The models of a deployment. Looks at their servers until `signal` aborts.
 * @throws Error, TypeError or RuleFileError for a configuration that cannot work.
 */
export function createCatalogue(options: CatalogueOptions, signal: AbortSignal): ModelCatalogue {
  const { serverUrl, models = [], environment = {}, discovers = false } = options;
  const { readyProbeMs = 30_000, awayProbeMs = 5_000, observer = UNSEEN_UPSTREAM } = options;
  const resilience = { ...DEFAULT_RESILIENCE, ...options.resilience };
  const breakers = new Map<string, Breaker>();
  const listeners = new Set<(models: readonly Model[]) => void>();
  let discovery: Catalogue["discovery"] = discovers ? "starting" : undefined;
  let told = "";

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
    return { engine, breaker, endpoint, model, type, state: { status: "starting" } };
  }

  function entryOf(engines: readonly EngineConfig[], config: ModelConfig | undefined): Entry {
    const members = engines.map(memberOf);
    const [first] = members;
    if (!first) throw new TypeError("A model without engines cannot answer.");
    return { config, first, members, names: new Set(), hasEndpoint: true };
  }

  const configured = models.map((config) => entryOf(config.engines, config));
  if (serverUrl !== undefined) {
    configured.push(entryOf([{ type: "auto", url: serverUrl }], undefined));
  }
  if (configured.length === 0 && !discovers) {
    throw new TypeError("There is no model: set INFERENCE_SERVER_URL or MODELS.");
  }
  const foundEntries = createFoundEntries((config) => entryOf(config.engines, config), look);

  /** All of them, in order; where two have a name, the first. */
  function entries(): readonly Entry[] {
    const ids = new Set<string>();
    return [...configured, ...foundEntries.entries].filter((entry) => {
      const id = idOf(entry);
      return !ids.has(id) && ids.add(id);
    });
  }

  function list(): readonly Model[] {
    return entries().map((entry) => modelOf(entry, !configured.includes(entry)));
  }

  function changed(): void {
    if (listeners.size === 0) return;
    const now = list();
    const words = JSON.stringify(now);
    if (words === told) return;
    told = words;
    for (const listener of listeners) listener(now);
  }

  /** Looks at the servers of a model until `gone` aborts; called back, it does so at once. */
  function look(entry: Entry, gone: AbortSignal): () => void {
    let sleeping = new AbortController();
    for (const member of entry.members) {
      watch(entry, member, gone, () => sleeping.signal).catch((error: unknown) => {
        if (!gone.aborted) throw error;
      });
    }
    return () => {
      sleeping.abort();
      sleeping = new AbortController();
    };
  }

  /** Looks at one engine's server again and again. Ends with the signal. */
  async function watch(
    entry: Entry,
    member: Member,
    gone: AbortSignal,
    woken: () => AbortSignal,
  ): Promise<void> {
    while (!gone.aborted) {
      // From before the question: what changes while it is asked makes its answer old.
      const early = woken();
      member.state = await member.engine.probe(gone);
      if (member.state.model !== undefined) remembered(entry, member.state.model);
      changed();
      const ms = member.state.status === "ready" ? readyProbeMs : awayProbeMs;
      // Jitter: many replicas must not ask one server in step.
      const pauseMs = ms * (0.8 + Math.random() * 0.4);
      const ended = AbortSignal.any([gone, early]);
      await sleep(pauseMs, undefined, { signal: ended, ref: false }).catch(() => undefined);
    }
  }

  for (const entry of configured) look(entry, signal);
  signal.addEventListener("abort", () => foundEntries.replace([]), { once: true });

  function find(id: string): Entry | undefined {
    const all = entries();
    const named = all.find((entry) => idOf(entry) === id);
    // A server that was not seen yet may have any name: a stored conversation knows it already.
    const byServer = all.find(
      ({ config, names }) => config === undefined && (names.size === 0 || names.has(id)),
    );
    return named ?? (id === DEFAULT_ID ? all[0] : byServer);
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
    models: list,
    get discovery() {
      return discovery;
    },
    found({ state, models: found }) {
      discovery = state;
      foundEntries.replace(found);
      const used = new Set(
        [...configured, ...foundEntries.entries].flatMap((it) => it.members.map((m) => m.endpoint)),
      );
      for (const endpoint of breakers.keys()) if (!used.has(endpoint)) breakers.delete(endpoint);
      changed();
    },
    onChange: (listener) => void listeners.add(listener),
    pick(id) {
      const entry = id === undefined ? entries()[0] : find(id);
      if (entry) return chatModelOf(entry);
      // It may be there, only nobody could ask yet; and where there is none at all, an answer says so.
      if (id === undefined || (discovers && discovery !== "live")) {
        return absentModel(id ?? DEFAULT_ID);
      }
      throw new ChatError("invalid", "There is no model of that name.");
    },
    async settle(id, waiting) {
      const patienceMs = discovery === "starting" ? resilience.retryMs : SETTLE_MS;
      const until = performance.now() + patienceMs;
      while (discovers && !find(id) && !waiting.aborted && performance.now() < until) {
        await sleep(LOOK_MS, undefined, { signal: waiting }).catch(() => undefined);
      }
    },
    health: () =>
      entries().flatMap((entry) =>
        entry.members.map(({ engine, type, endpoint, state: { status }, breaker }) => ({
          model: idOf(entry),
          engine: engine.type ?? type,
          server: endpoint,
          status,
          breaker: breaker.state(),
        })),
      ),
    async concurrency(asked) {
      while (discovery === "starting") await sleep(LOOK_MS, undefined, { signal: asked });
      return (await entries()[0]?.first.engine.limits(asked))?.concurrency;
    },
  };
}
