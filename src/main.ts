import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";
import { Gauge, Registry } from "prom-client";
import { createAdminApp } from "./api/admin.ts";
import { createApp } from "./api/app.ts";
import { type LoadedBranding, PLAIN_BRANDING, readBranding } from "./api/branding.ts";
import type { Authenticated } from "./api/context.ts";
import { createHttpMetrics } from "./api/http-metrics.ts";
import { userOf } from "./api/identity.ts";
import { ChatConfigError, type Config, readConfig } from "./config.ts";
import { createImportConversation } from "./domain/import-conversation.ts";
import { createRegenerate } from "./domain/regenerate.ts";
import { createSendMessage } from "./domain/send-message.ts";
import { createShareConversation } from "./domain/share-conversation.ts";
import { createStopGeneration } from "./domain/stop-generation.ts";
import { createCatalogue, type ModelCatalogue } from "./inference/catalogue.ts";
import { ModelsConfig } from "./inference/models-config.ts";
import { createLogger, type Logger, stripCredentials } from "./logger.ts";
import { createKeys } from "./persistence/keys.ts";
import { connectRedis, type Redis } from "./persistence/redis.ts";
import { createRedisConversations } from "./persistence/redis-conversations.ts";
import { createRedisEventLog } from "./persistence/redis-event-log.ts";
import { createRedisFeedback } from "./persistence/redis-feedback.ts";
import { createRedisImport } from "./persistence/redis-import.ts";
import { createRedisLive } from "./persistence/redis-live.ts";
import { createRedisMessages } from "./persistence/redis-messages.ts";
import { createRedisRunning } from "./persistence/redis-running.ts";
import { createRedisSearch } from "./persistence/redis-search.ts";
import { createRedisSearchIndex } from "./persistence/redis-search-index.ts";
import { createRedisShares } from "./persistence/redis-shares.ts";
import { createRedisTurns } from "./persistence/redis-turns.ts";
import { createRedisWorkQueue } from "./persistence/redis-work-queue.ts";
import { GenerationId } from "./protocol/ids.ts";
import { startWorker, type Worker } from "./worker/worker.ts";
import { createHub } from "./ws/hub.ts";
import { createSockets } from "./ws/sockets.ts";

/** Generations at once where neither configuration nor model server says. */
const DEFAULT_CONCURRENCY = 32;
/** How long a model server may take to say its limits before the default stands, in ms. */
const LIMITS_TIMEOUT_MS = 3_000;
/** How long a client may take for the head of a request, in ms: slow ones must not pile up. */
const HEADERS_TIMEOUT_MS = 15_000;
const WEB_ROOT = fileURLToPath(new URL("../dist/web", import.meta.url));

/** Every adapter to the store. */
function createStore(redis: Redis, config: Config, onError: (error: unknown) => void) {
  const keys = createKeys(config.redisPartitions);
  const { historyTtlSeconds, leaseMs } = config;
  const live = createRedisLive(redis, keys);
  const running = createRedisRunning(redis, keys);
  const history = createRedisMessages(redis, keys, running);
  const searchIndex = createRedisSearchIndex(redis, keys);
  return {
    live,
    running,
    conversations: createRedisConversations(redis, keys, live, { historyTtlSeconds }),
    history,
    events: createRedisEventLog(redis, keys, history),
    feedback: createRedisFeedback(redis, keys, { historyTtlSeconds }),
    shares: createRedisShares(redis, keys),
    imports: createRedisImport(redis, keys),
    searchIndex,
    search: createRedisSearch(redis, keys, searchIndex, onError),
    turns: createRedisTurns(redis, keys, { historyTtlSeconds, maxQueued: config.queueLimit }),
    queue: createRedisWorkQueue(redis, keys, {
      leaseMs,
      historyTtlSeconds,
      maxPerUser: config.userConcurrency,
    }),
  };
}
type Store = ReturnType<typeof createStore>;

interface Parts {
  readonly config: Config;
  readonly log: Logger;
  readonly store: Store;
  readonly catalogue: ModelCatalogue;
  readonly branding: LoadedBranding;
  readonly registry: Registry;
  readonly draining: AbortSignal;
}

/** HTTP and sockets. */
async function serveWeb(parts: Parts) {
  const { config, log, store, catalogue, branding, registry, draining } = parts;
  const { conversations, turns } = store;
  const newGenerationId = () => GenerationId.parse(crypto.randomUUID());
  const useCases = {
    sendMessage: createSendMessage({ turns, conversations, catalogue, newGenerationId }),
    regenerate: createRegenerate({ turns, conversations, catalogue, newGenerationId }),
    stopGeneration: createStopGeneration({ turns, conversations }),
    shareConversation: createShareConversation(store),
    importConversation: createImportConversation({ ...store, catalogue }),
  };
  const onError = (err: unknown) => log.error({ err }, "subscription failed");
  const hub = createHub({ ...store, onError });
  const openSockets = new Gauge({
    name: "chatbot_sockets",
    help: "WebSockets open in this process",
    registers: [registry],
  });
  const sockets = createSockets<Authenticated>({
    ...useCases,
    hub,
    live: store.live,
    maxFrameBytes: config.maxBodyBytes,
    userOf: (c) => ({ ...userOf(c.var.identity), id: c.var.identity.userId }),
    onCount: (open) => openSockets.set(open),
    onError: (err, requestId) => log.error({ err, requestId }, "frame failed"),
  });
  const app = createApp({
    ...useCases,
    ...store,
    log,
    hub,
    catalogue,
    draining,
    metrics: createHttpMetrics(registry),
    auth: config.auth,
    publicOrigin: config.publicOrigin,
    maxBodyBytes: config.maxBodyBytes,
    maxImportBytes: config.maxImportBytes,
    branding,
    features: {
      demo: catalogue.models().every(({ engine }) => DEMO_ENGINES.has(engine)),
      search: true,
      share: true,
      feedback: true,
    },
    socket: sockets.handler,
    webRoot: WEB_ROOT,
  });
  const server = await listen(app, config.host, config.port, sockets.server);
  return {
    port: portOf(server),
    async drain() {
      // Existing connections finish what they ask; new ones go elsewhere.
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await sockets.drain();
      hub.close();
      await closed;
    },
  };
}

/** Engines that need no model server. */
const DEMO_ENGINES: ReadonlySet<string> = new Set(["echo", "rules"]);

async function startWork({ config, log, store, catalogue, draining }: Parts): Promise<Worker> {
  const asked = AbortSignal.any([AbortSignal.timeout(LIMITS_TIMEOUT_MS), draining]);
  const concurrency =
    config.workerConcurrency ??
    (await catalogue.concurrency(asked).catch(() => undefined)) ??
    DEFAULT_CONCURRENCY;
  log.info({ concurrency }, "worker started");
  return startWorker(
    { ...store, catalogue },
    { concurrency, leaseMs: config.leaseMs, name: `${hostname()}:${process.pid}`, log },
  );
}

/** @throws ChatConfigError that says what is wrong in `MODELS`. */
function readModels({ models }: Config): ModelsConfig | undefined {
  if (models === undefined) return undefined;
  const parsed = ModelsConfig.safeParse(models);
  if (parsed.success) return parsed.data;
  throw new ChatConfigError(
    parsed.error.issues.map(({ path, message }) => `MODELS ${path.join(".")}: ${message}.`),
  );
}

/** @throws ChatConfigError that says what is wrong in `BRANDING`. */
function brandingOf({ branding }: Config): LoadedBranding {
  if (branding === undefined) return PLAIN_BRANDING;
  const loaded = readBranding(branding);
  if ("problems" in loaded) throw new ChatConfigError(loaded.problems);
  return loaded;
}

async function listen(
  app: Hono<Authenticated> | Hono,
  host: string,
  port: number,
  websocket?: ReturnType<typeof createSockets<Authenticated>>["server"],
): Promise<Server> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Any other upgrade would wait for an answer for ever: it is served as if it asked for none.
    serverOptions: {
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === "websocket",
    },
    ...(websocket === undefined ? {} : { websocket: { server: websocket } }),
  }) as Server;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo;
  return address.port;
}

/** One process in its role, until SIGTERM or SIGINT has drained it. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  const models = readModels(config);
  const branding = brandingOf(config);
  const redis = connectRedis({
    url: config.redisUrl,
    onError: (err) => log.warn({ err }, "store connection failed"),
  });
  const store = createStore(redis, config, (err) => log.warn({ err }, "search index not mended"));
  const ended = new AbortController();
  const catalogue = createCatalogue(
    {
      models,
      serverUrl: models === undefined ? config.inferenceServerUrl : undefined,
      environment: process.env,
      resilience: { retryMs: config.retrySeconds * 1_000 },
    },
    ended.signal,
  );
  const registry = new Registry();
  const draining = new AbortController();
  const parts = { config, log, store, catalogue, branding, registry, draining: draining.signal };

  const admin = await listen(
    createAdminApp({
      pingStore: redis.ping,
      draining: draining.signal,
      registry,
    }),
    config.host,
    config.adminPort,
  );
  const web = config.role === "worker" ? undefined : await serveWeb(parts);
  const worker = config.role === "web" ? undefined : startWork(parts);
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
  admin.close();
  admin.closeAllConnections();
  await redis.close();
  log.info({}, "drained");
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
