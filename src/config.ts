import * as z from "zod/mini";
import { AuthEnvironment, authOf, authProblems, withPreset } from "./config-auth.ts";
import {
  checked,
  fraction,
  integer,
  jsonProblem,
  keyProblem,
  named,
  originProblem,
  pathProblem,
  readJson,
  url,
} from "./config-values.ts";
import { hasPassword, redisUrlProblem } from "./persistence/redis-url.ts";

/** Everything that is wrong with the environment, one problem a line. */
export class ChatConfigError extends Error {
  override readonly name = "ChatConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((line) => `- ${line}`).join("\n")}`);
    this.problems = problems;
  }
}

const LEVELS = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "fatal",
  critical: "fatal",
  silent: "silent",
  off: "silent",
} as const;

const SAMPLERS = {
  always_on: "always_on",
  always_off: "always_off",
  traceidratio: "traceidratio",
  parentbased_always_on: "parentbased_always_on",
  parentbased_always_off: "parentbased_always_off",
  parentbased_traceidratio: "parentbased_traceidratio",
} as const;

/** The environment. Names and defaults are part of the contract; what is empty is unset. */
const Environment = z.object({
  LOG_LEVEL: z._default(named(LEVELS), "info"),
  LOG_USER_HASH_KEY: z.optional(z.string().check(checked(keyProblem))),
  REDIS_OM_URL: z._default(z.string().check(checked(redisUrlProblem)), "redis://localhost:6379"),
  REDIS_PASSWORD_FILE: z.optional(z.string().check(checked(pathProblem))),
  INFERENCE_SERVER_URL: z._default(url(["http:", "https:"]), "http://localhost:8080"),
  ROLE: z._default(named({ all: "all", web: "web", worker: "worker" }), "all"),
  HOST: z._default(z.string(), "127.0.0.1"),
  PORT: z._default(integer(0, 65_535), 8000),
  ADMIN_PORT: z._default(integer(0, 65_535), 9090),
  ...AuthEnvironment.shape,
  PUBLIC_ORIGIN: z.optional(z.string().check(checked(originProblem))),
  MODELS: z.optional(z.string().check(checked(jsonProblem))),
  MODEL_DISCOVERY: z.optional(named({ kubernetes: "kubernetes" as const })),
  BRANDING: z.optional(z.string().check(checked(jsonProblem))),
  LEASE_MS: z._default(integer(100, 600_000), 5000),
  HISTORY_TTL_SECONDS: z._default(integer(0, 10 ** 9), 0),
  MAX_BODY_BYTES: z._default(integer(1024, 16 * 1024 * 1024), 262_144),
  MAX_IMPORT_BYTES: z._default(integer(1024, 256 * 1024 * 1024), 16 * 1024 * 1024),
  WORKER_CONCURRENCY: z.optional(integer(1, 10_000)),
  USER_CONCURRENCY: z._default(integer(0, 10_000), 0),
  QUEUE_LIMIT: z._default(integer(1, 1_000_000), 10_000),
  RETRY_SECONDS: z._default(integer(0, 3600), 20),
  REDIS_PARTITIONS: z._default(integer(1, 1024), 1),
  SHUTDOWN_TIMEOUT_MS: z._default(integer(0, 3_600_000), 25_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.optional(url(["http:", "https:"])),
  OTEL_SERVICE_NAME: z._default(z.string(), "chatbot"),
  OTEL_TRACES_SAMPLER: z._default(named(SAMPLERS), "parentbased_always_on"),
  OTEL_TRACES_SAMPLER_ARG: z._default(fraction(), 1),
});

/** The names of all variables, for the tests that hold the documents to them. */
export const VARIABLES: readonly string[] = Object.keys(Environment.shape);
/** Those of them that have no default. */
export const WITHOUT_DEFAULT: readonly string[] = Object.entries(Environment.shape)
  .filter(([, schema]) => z.safeParse(schema, undefined).data === undefined)
  .map(([name]) => name);

/** The configuration of a process, parsed and checked. */
export type Config = ReturnType<typeof configOf>;

/** @throws ChatConfigError that lists all that is wrong; no value of a URL is in it. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const set = withPreset(
    Object.fromEntries(
      Object.entries(env)
        .map(([name, value]) => [name, value?.trim() ?? ""] as const)
        .filter(([, value]) => value !== ""),
    ),
  );
  const result = z.safeParse(Environment, set, { error: () => "is not valid" });
  const problems = result.error?.issues.map(({ path, message }) => `${path.join(".")} ${message}.`);
  // Beside the rest, so that one start tells all.
  const relations = [...relationProblems(set), ...authProblems(set)];
  if (!result.success || relations.length > 0) {
    throw new ChatConfigError([...(problems ?? []), ...relations]);
  }
  return configOf(result.data, set.INFERENCE_SERVER_URL !== undefined);
}

function configOf(env: z.output<typeof Environment>, serverNamed: boolean) {
  const publicOrigin = env.PUBLIC_ORIGIN && new URL(env.PUBLIC_ORIGIN).origin;
  return {
    logLevel: env.LOG_LEVEL,
    /** Undefined: one of this process alone. */
    logUserHashKey: env.LOG_USER_HASH_KEY,
    redisUrl: env.REDIS_OM_URL,
    /** Undefined: the password, if there is one, is in the URL. */
    redisPasswordFile: env.REDIS_PASSWORD_FILE,
    redisPartitions: env.REDIS_PARTITIONS,
    /** Without a slash at its end. Undefined where models are found instead, and nobody names it. */
    inferenceServerUrl:
      env.MODEL_DISCOVERY === undefined || serverNamed
        ? env.INFERENCE_SERVER_URL.replace(/\/+$/, "")
        : undefined,
    modelDiscovery: env.MODEL_DISCOVERY,
    role: env.ROLE,
    host: env.HOST,
    port: env.PORT,
    adminPort: env.ADMIN_PORT,
    ...authOf(env, publicOrigin),
    publicOrigin,
    /** JSON that is still to be checked; undefined: the one model of `inferenceServerUrl`. */
    models: env.MODELS === undefined ? undefined : readJson(env.MODELS),
    /** JSON that is still to be checked. */
    branding: env.BRANDING === undefined ? undefined : readJson(env.BRANDING),
    leaseMs: env.LEASE_MS,
    historyTtlSeconds: env.HISTORY_TTL_SECONDS,
    maxBodyBytes: env.MAX_BODY_BYTES,
    maxImportBytes: env.MAX_IMPORT_BYTES,
    /** Undefined: the model server's own limit. */
    workerConcurrency: env.WORKER_CONCURRENCY,
    /** Answers of one user under way at once; 0: as many as there are places but one. */
    userConcurrency: env.USER_CONCURRENCY,
    queueLimit: env.QUEUE_LIMIT,
    retrySeconds: env.RETRY_SECONDS,
    shutdownTimeoutMs: env.SHUTDOWN_TIMEOUT_MS,
    /** Undefined: nothing is traced. Where spans are sent to the SDK reads from the environment itself. */
    tracing:
      env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
        ? undefined
        : {
            serviceName: env.OTEL_SERVICE_NAME,
            sampler: env.OTEL_TRACES_SAMPLER,
            ratio: env.OTEL_TRACES_SAMPLER_ARG,
          },
  };
}

function relationProblems(env: Readonly<Record<string, string | undefined>>): string[] {
  const problems: string[] = [];
  const { REDIS_OM_URL = "", REDIS_PASSWORD_FILE } = env;
  if (REDIS_PASSWORD_FILE !== undefined && hasPassword(REDIS_OM_URL)) {
    problems.push("REDIS_OM_URL has a password beside REDIS_PASSWORD_FILE: give one.");
  }
  const { AUTH_MODE, HOST = "127.0.0.1", PORT = "8000", ADMIN_PORT = "9090", ROLE } = env;
  if (AUTH_MODE?.toLowerCase() === "dev" && !isLoopback(HOST)) {
    problems.push("AUTH_MODE dev believes everyone: HOST must be a loopback address.");
  }
  if (PORT === ADMIN_PORT && PORT !== "0" && ROLE?.toLowerCase() !== "worker") {
    problems.push("ADMIN_PORT must not be PORT.");
  }
  return problems;
}

function isLoopback(host: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/i.test(host);
}
