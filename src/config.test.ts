import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { ChatConfigError, readConfig, VARIABLES } from "./config.ts";

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ChatConfigError) return error.problems;
    throw error;
  }
}

describe("the configuration", () => {
  it("is whole without any variable", () => {
    expect(readConfig({})).toEqual({
      logLevel: "info",
      logUserHashKey: undefined,
      redisUrl: "redis://localhost:6379",
      redisPartitions: 1,
      inferenceServerUrl: "http://localhost:8080",
      role: "all",
      host: "127.0.0.1",
      port: 8000,
      adminPort: 9090,
      auth: { mode: "header", header: "X-Forwarded-User", prefix: undefined },
      proof: undefined,
      proxySecret: undefined,
      signOutUrl: undefined,
      trustedProxies: [],
      maxSocketAgeMs: 43_200_000,
      userSockets: 100,
      userRequestsPerSecond: 200,
      publicOrigin: undefined,
      models: undefined,
      branding: undefined,
      leaseMs: 5000,
      historyTtlSeconds: 0,
      maxBodyBytes: 262_144,
      maxImportBytes: 16_777_216,
      workerConcurrency: undefined,
      userConcurrency: 0,
      queueLimit: 10_000,
      retrySeconds: 20,
      shutdownTimeoutMs: 25_000,
      tracing: undefined,
    });
  });

  it("has a model server of its own only where models are not found", () => {
    const found = { MODEL_DISCOVERY: "kubernetes" };
    const named = { ...found, INFERENCE_SERVER_URL: "http://localhost:8080" };
    expect(readConfig(found).inferenceServerUrl).toBeUndefined();
    expect(readConfig(named).inferenceServerUrl).toBe("http://localhost:8080");
  });

  it("takes what is empty for unset", () => {
    expect(
      readConfig({ PORT: "", ROLE: " ", REDIS_OM_URL: "", MODELS: "", LOG_LEVEL: "" }),
    ).toEqual(readConfig({}));
  });

  it("takes all of its variables", () => {
    const env = {
      LOG_LEVEL: "WARNING",
      REDIS_OM_URL: "rediss://user@redis.example:6380/2",
      REDIS_PASSWORD_FILE: "/run/secrets/redis/password",
      MODEL_DISCOVERY: "Kubernetes",
      INFERENCE_SERVER_URL: "https://tgi.example/base/",
      ROLE: "Worker",
      HOST: "0.0.0.0",
      PORT: "0",
      ADMIN_PORT: "0",
      AUTH_PRESET: "ext-authz",
      AUTH_USERID_HEADER: "kubeflow-userid",
      AUTH_USERID_PREFIX: "accounts:",
      AUTH_JWT_HEADER: "X-Goog-Iap-Jwt-Assertion",
      AUTH_JWT_ISSUER: "https://id.example",
      AUTH_JWT_AUDIENCE: "chatbot",
      AUTH_JWT_JWKS: "https://id.example/keys",
      AUTH_JWT_CLAIM: "email",
      AUTH_JWT_GROUPS_CLAIM: "roles",
      AUTH_JWT_ALGORITHMS: "ES256",
      AUTH_JWT_CLOCK_TOLERANCE_SECONDS: "0",
      AUTH_PROXY_SECRET_HEADER: "X-Edge",
      AUTH_SIGN_OUT_URL: "/oauth2/sign_out?rd=/bye",
      TRUSTED_PROXIES: "10.0.0.0/8, fd00::/8,192.0.2.1",
      MAX_SOCKET_AGE_SECONDS: "60",
      USER_SOCKETS: "10",
      USER_REQUESTS_PER_SECOND: "0",
      PUBLIC_ORIGIN: "https://Chat.example:443/",
      LEASE_MS: "1000",
      HISTORY_TTL_SECONDS: "3600",
      MAX_BODY_BYTES: "4096",
      MAX_IMPORT_BYTES: "8192",
      BRANDING: '{"name":"Ask Ada"}',
      WORKER_CONCURRENCY: "4",
      USER_CONCURRENCY: "3",
      QUEUE_LIMIT: "50",
      RETRY_SECONDS: "0",
      REDIS_PARTITIONS: "16",
      SHUTDOWN_TIMEOUT_MS: "100",
      LOG_USER_HASH_KEY: "0123456789abcdef",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
      OTEL_SERVICE_NAME: "chat",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
    };
    const tested = [...Object.keys(env), "AUTH_MODE", "AUTH_PROXY_SECRET_FILE", "MODELS"];
    expect(tested.toSorted()).toEqual(VARIABLES.toSorted());
    expect(readConfig(env)).toMatchObject({
      logLevel: "warn",
      redisUrl: "rediss://user@redis.example:6380/2",
      redisPasswordFile: "/run/secrets/redis/password",
      modelDiscovery: "kubernetes",
      inferenceServerUrl: "https://tgi.example/base",
      role: "worker",
      auth: { mode: "header", header: "kubeflow-userid", prefix: "accounts:" },
      signOutUrl: "/oauth2/sign_out?rd=/bye",
      trustedProxies: ["10.0.0.0/8", "fd00::/8", "192.0.2.1"],
      maxSocketAgeMs: 60_000,
      publicOrigin: "https://chat.example",
      workerConcurrency: 4,
      userConcurrency: 3,
      queueLimit: 50,
      redisPartitions: 16,
      logUserHashKey: "0123456789abcdef",
      tracing: { serviceName: "chat", sampler: "traceidratio", ratio: 0.25 },
    });
  });

  it.each([
    ["DEBUG", "debug"],
    ["Info", "info"],
    ["warn", "warn"],
    ["WARNING", "warn"],
    ["ERROR", "error"],
    ["CRITICAL", "fatal"],
  ])("knows the log level %s", (LOG_LEVEL, level) => {
    expect(readConfig({ LOG_LEVEL }).logLevel).toBe(level);
  });

  it.each([
    ["LOG_LEVEL", "loud"],
    ["LOG_LEVEL", "toString"],
    ["REDIS_OM_URL", "localhost:6379"],
    ["REDIS_OM_URL", "http://localhost"],
    ["REDIS_OM_URL", "redis://"],
    ["REDIS_OM_URL", "redis+sentinel://localhost"],
    ["REDIS_OM_URL", "redis+cluster://localhost/1"],
    ["INFERENCE_SERVER_URL", "ftp://x"],
    ["INFERENCE_SERVER_URL", "tgi"],
    ["ROLE", "api"],
    ["PORT", "65536"],
    ["PORT", "80a"],
    ["PORT", "-1"],
    ["PORT", "1e3"],
    ["ADMIN_PORT", "8000"],
    ["LEASE_MS", "0"],
    ["HISTORY_TTL_SECONDS", "-1"],
    ["MAX_BODY_BYTES", "10"],
    ["WORKER_CONCURRENCY", "0"],
    ["RETRY_SECONDS", "soon"],
    ["REDIS_PARTITIONS", "0"],
    ["AUTH_MODE", "none"],
    ["AUTH_USERID_HEADER", "user id"],
    ["AUTH_USERID_HEADER", "Cookie"],
    ["AUTH_USERID_HEADER", "Authorization"],
    ["AUTH_PRESET", "keycloak"],
    ["AUTH_PRESET", "toString"],
    ["AUTH_JWT_HEADER", "Cookie"],
    ["AUTH_JWT_ISSUER", "id.example"],
    ["AUTH_JWT_ALGORITHMS", "HS256"],
    ["AUTH_JWT_ALGORITHMS", "RS256,none"],
    ["AUTH_JWT_ALGORITHMS", ","],
    ["AUTH_PROXY_SECRET_FILE", "/no/such/file"],
    ["AUTH_PROXY_SECRET_HEADER", "Host"],
    ["AUTH_SIGN_OUT_URL", "//evil.example"],
    ["AUTH_SIGN_OUT_URL", "javascript:alert(1)"],
    ["TRUSTED_PROXIES", "10.0.0.0/33"],
    ["TRUSTED_PROXIES", "gateway"],
    ["MAX_SOCKET_AGE_SECONDS", "0"],
    ["USER_SOCKETS", "0"],
    ["PUBLIC_ORIGIN", "chat.example"],
    ["PUBLIC_ORIGIN", "https://chat.example/app"],
    ["PUBLIC_ORIGIN", "https://u:p@chat.example"],
    ["MODELS", "/no/such/file"],
    ["MODELS", "[{"],
    ["BRANDING", "@/no/such/file"],
    ["BRANDING", "{"],
    ["MAX_IMPORT_BYTES", "1"],
    ["LOG_USER_HASH_KEY", "too short"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
    ["OTEL_TRACES_SAMPLER", "jaeger_remote"],
    ["OTEL_TRACES_SAMPLER_ARG", "1.5"],
    ["OTEL_TRACES_SAMPLER_ARG", "half"],
  ])("refuses %s=%s by name", (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  it("lists all that is wrong at once", () => {
    const problems = problemsOf({
      PORT: "x",
      ROLE: "y",
      AUTH_MODE: "dev",
      HOST: "0.0.0.0",
      REDIS_OM_URL: "http://:hunter2@x",
    });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain("hunter2");
  });

  it.each(["jwt", "header+jwt"])("asks for what AUTH_MODE %s needs", (AUTH_MODE) => {
    expect(problemsOf({ AUTH_MODE, AUTH_JWT_AUDIENCE: " , " })).toEqual([
      `AUTH_JWT_ISSUER is needed by AUTH_MODE ${AUTH_MODE}.`,
      `AUTH_JWT_AUDIENCE is needed by AUTH_MODE ${AUTH_MODE}.`,
    ]);
  });

  it("reads what a proof of identity must be", () => {
    const env = {
      AUTH_MODE: "header+jwt",
      AUTH_JWT_ISSUER: "https://id.example/",
      AUTH_JWT_AUDIENCE: "a, b",
    };
    expect(readConfig(env)).toMatchObject({
      auth: { mode: "header+jwt", header: "X-Forwarded-User", proofHeader: "Authorization" },
      proof: {
        issuer: "https://id.example/",
        audience: ["a", "b"],
        keys: undefined,
        claim: "sub",
        groupsClaim: "groups",
        algorithms: ["RS256", "PS256", "ES256", "ES384", "EdDSA"],
        clockToleranceSeconds: 30,
      },
    });
  });

  it.each([
    ["oauth2-proxy", "X-Forwarded-User", "/oauth2/sign_out"],
    ["ext-authz", "X-Auth-Request-User", "/oauth2/sign_out"],
    ["oidc-authservice", "kubeflow-userid", undefined],
  ])("knows the preset %s, over which goes what is set", (AUTH_PRESET, header, signOutUrl) => {
    expect(readConfig({ AUTH_PRESET })).toMatchObject({
      auth: { mode: "header", header },
      signOutUrl,
    });
    const own = { AUTH_USERID_HEADER: "X-Mine", AUTH_SIGN_OUT_URL: "https://id.example/bye" };
    expect(readConfig({ AUTH_PRESET, ...own })).toMatchObject({
      auth: { header: "X-Mine" },
      signOutUrl: "https://id.example/bye",
    });
  });

  it("refuses a proxy secret that is missing, empty or short, without telling it", () => {
    const file = join(mkdtempSync(join(tmpdir(), "secret-")), "proxy-secret");
    for (const text of [
      undefined,
      "",
      "\n\n",
      "hunter2-hunter\n",
      `${"a".repeat(16)}\nhunter2\n`,
    ]) {
      if (text !== undefined) writeFileSync(file, text);
      const problems = problemsOf({ AUTH_PROXY_SECRET_FILE: file });
      expect(problems).toEqual([expect.stringMatching(/^AUTH_PROXY_SECRET_FILE names /)]);
      expect(problems.join()).not.toContain("hunter2");
    }
    expect(problemsOf({ AUTH_PROXY_SECRET_FILE: "/no/such/file", ROLE: "worker" })).toEqual([]);
    writeFileSync(file, "0123456789abcdef\n");
    expect(readConfig({ AUTH_PROXY_SECRET_FILE: file }).proxySecret).toEqual({
      file,
      header: "X-Proxy-Secret",
    });
  });

  it.each(["127.0.0.1", "127.9.9.9", "localhost", "::1"])("allows dev at %s", (HOST) => {
    const { auth } = readConfig({ AUTH_MODE: "dev", HOST, PUBLIC_ORIGIN: "https://chat.test:1" });
    expect(auth).toEqual({ mode: "dev", publicHost: "chat.test:1" });
  });

  it.each(["0.0.0.0", "::", "10.0.0.1", "chat.example", "127.0.0.1.example"])(
    "refuses dev at %s",
    (HOST) => expect(problemsOf({ AUTH_MODE: "dev", HOST })).toHaveLength(1),
  );

  it.each(["DEV", "Dev", " dev "])("refuses dev where it is spelled %j, too", (AUTH_MODE) => {
    expect(problemsOf({ AUTH_MODE, HOST: "0.0.0.0" })).toHaveLength(1);
  });

  it("reads models inline, by path and by file URL", () => {
    const file = join(mkdtempSync(join(tmpdir(), "models-")), "models.json");
    writeFileSync(file, '[{"id":"a"}]');
    const models = [{ id: "a" }];
    const places = [file, `@${file}`, `file:${file}`, pathToFileURL(file).href];
    for (const MODELS of ['[{"id":"a"}]', ...places]) {
      expect(readConfig({ MODELS }).models).toEqual(models);
    }
    expect(readConfig({ MODELS: '{"a":1}' }).models).toEqual({ a: 1 });
  });
});
