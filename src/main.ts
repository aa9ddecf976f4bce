import { once } from "node:events";
import { createAdminApp } from "./api/admin.ts";
import { brandingOf, readModels } from "./compose/checked-json.ts";
import { listen, portOf } from "./compose/listen.ts";
import { serveWeb } from "./compose/serve-web.ts";
import { startDiscovery } from "./compose/start-discovery.ts";
import { startWork } from "./compose/start-work.ts";
import { createStore } from "./compose/store.ts";
import { createTelemetry } from "./compose/telemetry.ts";
import { watchHealth } from "./compose/watch-health.ts";
import { ChatConfigError, readConfig } from "./config.ts";
import { createCatalogue } from "./inference/catalogue.ts";
import { createLogger, stripCredentials } from "./logger.ts";
import { connectRedis } from "./persistence/redis.ts";

/** One process in its role, until SIGTERM or SIGINT has drained it. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  const models = readModels(config);
  const branding = brandingOf(config);
  const telemetry = await createTelemetry(config, log);
  const redis = connectRedis({
    url: config.redisUrl,
    passwordFile: config.redisPasswordFile,
    onError(err) {
      telemetry.store.connectionFailed();
      log.warn({ err }, "store connection failed");
    },
    onReply: telemetry.store.replied,
  });
  const store = createStore(redis, config, (err) => log.warn({ err }, "search index not mended"));
  telemetry.store.watch({ connected: redis.connected, readBacklog: store.readBacklog });
  const ended = new AbortController();
  const catalogue = createCatalogue(
    {
      models,
      serverUrl: models === undefined ? config.inferenceServerUrl : undefined,
      discovers: config.modelDiscovery !== undefined,
      environment: process.env,
      resilience: { retryMs: config.retrySeconds * 1_000 },
      observer: telemetry.models,
    },
    ended.signal,
  );
  telemetry.models.watch(catalogue.health);
  startDiscovery(
    {
      config,
      log,
      catalogue,
      registry: telemetry.registry,
      kubeconfig: process.env.KUBECONFIG,
    },
    ended.signal,
  );
  const draining = new AbortController();
  const health = watchHealth(config.role);
  const parts = { config, log, store, catalogue, branding, telemetry, draining: draining.signal };

  const admin = await listen(
    createAdminApp({
      pingStore: redis.ping,
      draining: draining.signal,
      registry: telemetry.registry,
      stuck: health.stuck,
      working: health.working,
    }),
    config.host,
    config.adminPort,
  );
  const web = config.role === "worker" ? undefined : await serveWeb(parts);
  const worker = config.role === "web" ? undefined : startWork(parts, health.watch);
  log.info(
    {
      role: config.role,
      port: web?.port,
      adminPort: portOf(admin),
      store: stripCredentials(config.redisUrl),
    },
    "started",
  );

  const signal = await Promise.race(["SIGTERM", "SIGINT"].map((name) => once(process, name)));
  log.info({ signal: String(signal) }, "draining");
  // What does not end in time is ended: its leases run out, and others go on.
  setTimeout(() => process.exit(1), config.shutdownTimeoutMs).unref();
  draining.abort();
  await Promise.all([worker?.then((started) => started.drain()), web?.drain()]);
  ended.abort();
  health.stop();
  admin.close();
  admin.closeAllConnections();
  await Promise.all([redis.close(), telemetry.close()]);
  log.info({}, "drained");
  // To a collector that is away, spans are sent again and again.
  if (config.tracing !== undefined) process.exit(0);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

/** What an operator needs to read of an error at start. */
function explain(error: unknown): string {
  if (error instanceof ChatConfigError) return error.message;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") {
    return `${error instanceof Error ? error.message : ""}: set PORT or ADMIN_PORT to a free one.`;
  }
  return stripCredentials(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
