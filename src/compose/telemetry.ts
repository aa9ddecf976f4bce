import { Registry } from "prom-client";
import type { Config } from "../config.ts";
import { NO_TRACER, type Tracer } from "../domain/ports/trace.ts";
import { createModelMetrics } from "../telemetry/model-metrics.ts";
import { createSocketMetrics } from "../telemetry/socket-metrics.ts";
import { createStoreMetrics } from "../telemetry/store-metrics.ts";
import { createTurnMetrics } from "../telemetry/turn-metrics.ts";
import { createUserHash } from "../user-hash.ts";

/** What operators see of a process, but for its log. */
export function createTelemetry(config: Config) {
  const registry = new Registry();
  const tracer: Tracer = NO_TRACER;
  return {
    registry,
    tracer,
    store: createStoreMetrics(registry),
    models: createModelMetrics(registry),
    turns: createTurnMetrics(registry),
    sockets: createSocketMetrics(registry),
    userHash: createUserHash(config.logUserHashKey),
  };
}
/** What `createTelemetry` makes. */
export type Telemetry = ReturnType<typeof createTelemetry>;
