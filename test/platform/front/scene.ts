import { startApp } from "../../app-process.ts";
import { freePort } from "../../redis-server.ts";
import { startBundledRedis } from "../bundled-redis.ts";
import { startProvider } from "./provider.ts";
import {
  type ShippedProxyOptions,
  shippedIdentity,
  startShippedEdge,
  startShippedProxy,
} from "./shipped.ts";
import { endTls } from "./tls-end.ts";

export interface SceneOptions {
  readonly mode?: "proxy" | "ext-authz";
  /** How long a proof lasts. */
  readonly proofSeconds?: number;
  /** Of oauth2-proxy, without its prefix. */
  readonly proxyEnvironment?: Readonly<Record<string, string>>;
  readonly app?: Readonly<Record<string, string>>;
  /** Stands in the app's place. */
  readonly upstream?: string;
  readonly changeProxy?: ShippedProxyOptions["change"];
  readonly changeEdge?: ShippedProxyOptions["change"];
  /** What stands between the end of TLS and the proxy, on a port of its own. */
  readonly between?: (front: number, app: number, admin: number) => Promise<number>;
}

/**
 * The whole of a deployment on this machine: a real provider, the real oauth2-proxy (and nginx) by what is
 * shipped, the bundled Redis, TLS, and the app.
 */
export async function startScene(options: SceneOptions = {}) {
  const { mode = "proxy", proxyEnvironment = {} } = options;
  const tlsPort = await freePort();
  const origin = `https://localhost:${tlsPort}`;
  const [redis, provider] = await Promise.all([
    startBundledRedis(),
    startProvider(`${origin}/oauth2/callback`, options.proofSeconds),
  ]);
  const app = await startApp({
    REDIS_OM_URL: redis.url("chatbot"),
    PUBLIC_ORIGIN: origin,
    MODELS: '[{"id":"demo","engines":[{"type":"rules"}]}]',
    ...shippedIdentity(mode, provider),
    ...options.app,
  });
  const upstream = options.upstream ?? app.url;
  const proxy = await startShippedProxy({
    mode,
    provider,
    origin,
    sessionsUrl: redis.url("sessions"),
    upstream,
    environment: proxyEnvironment,
    ...(options.changeProxy && { change: options.changeProxy }),
  });
  const edge =
    mode === "proxy"
      ? undefined
      : await startShippedEdge({
          app: Number(new URL(upstream).port),
          judge: proxy.port,
          ...(options.changeEdge && { change: options.changeEdge }),
        });
  const front = edge?.port ?? proxy.port;
  const [appPort, adminPort] = [app.url, app.adminUrl].map((url) => Number(new URL(url).port));
  const target = (await options.between?.(front, appPort ?? 0, adminPort ?? 0)) ?? front;
  const certificate = await endTls(tlsPort, target);
  return { origin, redis, provider, app, proxy, edge, front, certificate };
}

export type Scene = Awaited<ReturnType<typeof startScene>>;
