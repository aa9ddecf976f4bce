import type { LoadedBranding } from "../api/branding.ts";
import type { Config } from "../config.ts";
import type { ModelCatalogue } from "../inference/catalogue.ts";
import type { Logger } from "../logger.ts";
import type { Store } from "./store.ts";
import type { Telemetry } from "./telemetry.ts";

/** What every role is built from. */
export interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly store: Store;
  readonly catalogue: ModelCatalogue;
  readonly branding: LoadedBranding;
  readonly telemetry: Telemetry;
  readonly draining: AbortSignal;
}
