import type { FoundModel } from "../domain/ports/found-model.ts";
import type { Entry } from "./catalogue-entry.ts";
import type { ModelConfig } from "./models-config.ts";

/** A model that was found, under way. */
interface Held {
  /** What it was built from. */
  readonly made: string;
  readonly entry: Entry;
  readonly gone: AbortController;
  /** Has its servers looked at at once. */
  wake: () => void;
}

/** The models that come and go. */
export interface FoundEntries {
  readonly entries: readonly Entry[];
  /** Takes the place of those before; what did not change goes on as it is. */
  replace(models: readonly FoundModel[]): void;
}

/**
 * Keeps an entry for each model that was found. `build` makes one; `watch` looks at its servers until
 * its signal aborts, and gives back what makes it look at once. Answers under way on one that is gone
 * go on for as long as its server lets them.
 */
export function createFoundEntries(
  build: (config: ModelConfig) => Entry,
  watch: (entry: Entry, gone: AbortSignal) => () => void,
): FoundEntries {
  let held = new Map<string, Held>();

  return {
    get entries() {
      return [...held.values()].map(({ entry }) => entry);
    },
    replace(models) {
      const next = new Map<string, Held>();
      for (const model of models) {
        const { hasEndpoint } = model;
        const config = configOf(model);
        const made = JSON.stringify(config);
        const known = held.get(model.id);
        if (known?.made === made) {
          const appeared = hasEndpoint !== known.entry.hasEndpoint;
          known.entry.hasEndpoint = hasEndpoint;
          next.set(model.id, known);
          // What was seen of it while nothing stood there says nothing.
          if (appeared && hasEndpoint) {
            for (const member of known.entry.members) member.state = { status: "starting" };
          }
          if (appeared) known.wake();
          continue;
        }
        const entry = build(config);
        entry.hasEndpoint = hasEndpoint;
        const gone = new AbortController();
        next.set(model.id, { made, entry, gone, wake: watch(entry, gone.signal) });
      }
      for (const old of held.values()) {
        if (next.get(old.entry.config?.id ?? "")?.entry !== old.entry) old.gone.abort();
      }
      held = next;
    },
  };
}

function configOf(model: FoundModel): ModelConfig {
  const { id, name, type, url, served, apiKeyFile, contextTokens } = model;
  return {
    id,
    ...(name !== undefined && { name }),
    ...(contextTokens !== undefined && { contextTokens }),
    engines: [
      {
        type,
        url,
        ...(served !== undefined && { model: served }),
        ...(apiKeyFile !== undefined && { apiKeyFile }),
      },
    ],
  };
}
