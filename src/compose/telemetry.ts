import { hostname } from "node:os";
import { Registry } from "prom-client";
import type { Config } from "../config.ts";
import { NO_TRACER, type Tracer } from "../domain/ports/trace.ts";
import type { Logger } from "../logger.ts";
import { createModelMetrics } from "../telemetry/model-metrics.ts";
import { createSocketMetrics } from "../telemetry/socket-metrics.ts";
import { createStoreMetrics } from "../telemetry/store-metrics.ts";
import { createTurnMetrics } from "../telemetry/turn-metrics.ts";
import { createUserHash } from "../user-hash.ts";

/** How long the last spans may take to be sent, in ms. */
const CLOSE_TIMEOUT_MS = 2_000;

/** What operators see of a process, but for its log. */
export async function createTelemetry(config: Config, log: Logger) {
  const registry = new Registry();
  const tracer = await createTracer(config, log);
  return {
    registry,
    tracer,
    /** Sends what waits. */
    async close(): Promise<void> {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
      const closed = tracer.close?.().catch(() => undefined);
      await Promise.race([closed, late]);
      clearTimeout(timer);
    },
    store: createStoreMetrics(registry),
    models: createModelMetrics(registry),
    turns: createTurnMetrics(registry),
    sockets: createSocketMetrics(registry),
    userHash: createUserHash(config.logUserHashKey),
  };
}
/** What `createTelemetry` makes. */
export type Telemetry = Awaited<ReturnType<typeof createTelemetry>>;

async function createTracer(
  { tracing }: Config,
  log: Logger,
): Promise<Tracer & { close?(): Promise<void> }> {
  if (tracing === undefined) return NO_TRACER;
  const { createOtlpTracer } = await import("../telemetry/otlp-tracer.ts");
  return createOtlpTracer({
    ...tracing,
    instance: `${hostname()}:${process.pid}`,
    onError: (err) => log.warn({ err }, "spans not sent"),
  });
}
