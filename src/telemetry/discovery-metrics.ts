import { Gauge, type Registry } from "prom-client";

/** Shows in `registry` whether models are looked for, and how many there are. */
export function createDiscoveryMetrics(registry: Registry) {
  const live = new Gauge({
    name: "chatbot_model_discovery_live",
    help: "1 while the API server is watched for models",
    registers: [registry],
  });
  const found = new Gauge({
    name: "chatbot_models_discovered",
    help: "Models that were found in the namespace",
    registers: [registry],
  });
  return {
    seen(isLive: boolean, models: number): void {
      live.set(isLive ? 1 : 0);
      found.set(models);
    },
  };
}
