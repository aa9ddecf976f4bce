import type { Registry } from "prom-client";
import type { Config } from "../config.ts";
import { connectApiServer } from "../discovery/api-server.ts";
import { discoverModels } from "../discovery/discover-models.ts";
import type { ModelCatalogue } from "../inference/catalogue.ts";
import type { Logger } from "../logger.ts";
import { createDiscoveryMetrics } from "../telemetry/discovery-metrics.ts";

/** Where the manifests mount the keys of model servers. */
const MODEL_KEYS = "/run/secrets/models";

/** Looks for models where the configuration wants it, until `signal` aborts; without an API server the rest runs on. */
export function startDiscovery(
  deps: {
    readonly config: Config;
    readonly log: Logger;
    readonly catalogue: ModelCatalogue;
    readonly registry: Registry;
    /** A file for outside of a cluster; by default the pod's service account. */
    readonly kubeconfig: string | undefined;
  },
  signal: AbortSignal,
): void {
  const { config, log, catalogue, registry, kubeconfig } = deps;
  if (config.modelDiscovery === undefined) return;
  const metrics = createDiscoveryMetrics(registry);
  const discovered = discoverModels({
    connect: () => connectApiServer(kubeconfig || undefined),
    keysDirectory: MODEL_KEYS,
    signal,
    onModels(view) {
      metrics.seen(view.state === "live", view.models.length);
      catalogue.found(view);
      log.info({ state: view.state, models: view.models.map(({ id }) => id) }, "models discovered");
    },
    onProblem: (service, problems) => log.warn({ service, problems }, "model service passed over"),
    onAway(err) {
      if (err === undefined) log.info({}, "model discovery is back");
      else log.warn({ err }, "model discovery is away: the models known so far stay");
    },
  });
  discovered.catch((err: unknown) => log.error({ err }, "model discovery ended"));
}
