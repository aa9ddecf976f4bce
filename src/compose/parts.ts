import type { Registry } from "prom-client";
import type { LoadedBranding } from "../api/branding.ts";
import type { Config } from "../config.ts";
import type { ModelCatalogue } from "../inference/catalogue.ts";
import type { Logger } from "../logger.ts";
import type { Store } from "./store.ts";

/** What every role is built from. */
export interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly store: Store;
  readonly catalogue: ModelCatalogue;
  readonly branding: LoadedBranding;
  readonly registry: Registry;
  readonly draining: AbortSignal;
}
