import type { ModelLimits } from "../domain/ports/model.ts";
import type { Model } from "../protocol/session.ts";
import type { Breaker } from "./breaker.ts";
import type { Engine, EngineLimits, EngineState } from "./engine.ts";
import type { ModelConfig } from "./models-config.ts";

/** What a model is called while its server has not said its name; names the first one ever after. */
export const DEFAULT_ID = "default";
/** Tokens of prompt and answer where neither server nor configuration says. */
const DEFAULT_CONTEXT_TOKENS = 8_192;
/** Names remembered of a server whose model changes. */
const MAX_FORMER_NAMES = 20;

/** One engine of a model, and how it was when last asked. */
export interface Member {
  readonly engine: Engine;
  readonly breaker: Breaker;
  /** What its breaker goes by. */
  readonly endpoint: string;
  readonly model: string | undefined;
  /** As the configuration says it: what stands in while the server was not seen. */
  readonly type: string;
  state: EngineState;
}

/** A model of the catalogue. */
export interface Entry {
  readonly config: ModelConfig | undefined;
  /** What runs it as long as it can. */
  readonly first: Member;
  readonly members: readonly Member[];
  /** Names that its server had, the last one in use at the end; of no matter where `config` names it. */
  readonly names: Set<string>;
  /** False where nothing stands behind its address, as far as anybody knows. */
  hasEndpoint: boolean;
}

/** What is stored with a conversation. */
export function idOf({ config, names }: Entry): string {
  return config?.id ?? [...names].at(-1) ?? DEFAULT_ID;
}

/** `meta-llama/Llama-3.1-8B-Instruct` or `/data/model` without its path. */
function shortName(id: string): string {
  return id.replace(/\/+$/, "").split("/").at(-1) || id;
}

/** A model as people see it. */
export function modelOf(entry: Entry, found: boolean): Model {
  const id = idOf(entry);
  // One that was found is called as its Service is: what the server says is more to people.
  const said = found ? entry.first.state.model : undefined;
  const name = entry.config?.name ?? (id === DEFAULT_ID ? "Default" : shortName(said ?? id));
  return { id, name, engine: engineOf(entry), status: statusOf(entry) };
}

/** What runs it first. */
export function engineOf({ first }: Entry): string {
  return first.engine.type ?? first.type;
}

function statusOf({ members, hasEndpoint }: Entry): Model["status"] {
  const seen = new Set(members.map(({ state }) => state.status));
  if (seen.has("ready")) return "ready";
  return seen.has("starting") || !hasEndpoint ? "starting" : "unavailable";
}

/** Remembers what the server said that its model is called. */
export function remembered({ names }: Entry, model: string): void {
  names.delete(model);
  names.add(model);
  const [oldest] = names.size > MAX_FORMER_NAMES ? names : [];
  if (oldest !== undefined) names.delete(oldest);
}

/** The bounds within which every engine of a model can work. */
export function narrowest(
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
