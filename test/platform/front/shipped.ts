import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../redis-server.ts";
import { build, podsOf } from "../builds.ts";
import { environmentOf, PROXY_SECRET } from "../environment.ts";
import { parseManifests, readText, readTools, temporaryFolder } from "../tools.ts";
import { startProcess } from "./process.ts";
import type { OpenIdProvider } from "./provider.ts";

const COMPONENTS = "manifests/components";

export interface ShippedProxyOptions {
  readonly mode: "proxy" | "ext-authz";
  readonly provider: OpenIdProvider;
  /** Where people go. */
  readonly origin: string;
  readonly sessionsUrl: string;
  /** Of the app; in ext-authz it is asked nothing. */
  readonly upstream: string;
  /** Replaces what flags can: `COOKIE_REFRESH`, … */
  readonly environment?: Readonly<Record<string, string>>;
  /** Breaks the configuration. */
  readonly change?: (text: string, file: string) => string;
}

/** Where each mode is shipped whole. */
const DEPLOYMENTS = {
  proxy: "manifests/overlays/vanilla",
  "ext-authz": "test/platform/builds/nginx-edge",
};

/** How the app of a shipped deployment is told to find out who somebody is. */
export function shippedIdentity(
  mode: keyof typeof DEPLOYMENTS,
  provider: OpenIdProvider,
): Record<string, string> {
  const manifests = parseManifests(build(DEPLOYMENTS[mode]));
  const web = podsOf(manifests).find(({ owner }) => owner === "Deployment chatbot-web");
  const all = Object.entries(environmentOf(manifests, web?.spec));
  return {
    ...Object.fromEntries(all.filter(([name]) => name.startsWith("AUTH_"))),
    AUTH_JWT_ISSUER: provider.issuer,
    AUTH_JWT_AUDIENCE: provider.clientId,
  };
}

/** The real oauth2-proxy by the configuration that is shipped: addresses and secrets alone are other ones. */
export async function startShippedProxy(options: ShippedProxyOptions) {
  const { mode, provider, origin, sessionsUrl, upstream, change = (text) => text } = options;
  const component = `${COMPONENTS}/${mode === "proxy" ? "oauth2-proxy" : "ext-authz"}`;
  const files = mode === "proxy" ? ["oauth2-proxy.cfg", "alpha.yaml"] : ["oauth2-proxy.cfg"];
  const folder = temporaryFolder();
  const port = await freePort();
  const metricsPort = await freePort();
  for (const [name, text] of Object.entries({
    "cookie-secret": "0123456789abcdef".repeat(2),
    "client-secret": provider.clientSecret,
    "proxy-secret": PROXY_SECRET,
    connection: "Upgrade",
  })) {
    writeFileSync(join(folder, name), text);
  }
  for (const file of files) {
    const text = readText(`${component}/${file}`)
      .replaceAll(/\/(run\/secrets|etc)\/oauth2-proxy\//g, `${folder}/`)
      .replaceAll("0.0.0.0:4180", `127.0.0.1:${port}`)
      .replaceAll("0.0.0.0:9101", `127.0.0.1:${metricsPort}`);
    writeFileSync(join(folder, file), change(text, file));
  }
  const given: Record<string, string> =
    mode === "proxy"
      ? {
          OIDC_ISSUER_URL: provider.issuer,
          OIDC_CLIENT_ID: provider.clientId,
          UPSTREAM_URL: upstream,
          UPSTREAM_PASS_HOST: "true",
        }
      : {
          OAUTH2_PROXY_OIDC_ISSUER_URL: provider.issuer,
          OAUTH2_PROXY_CLIENT_ID: provider.clientId,
        };
  const args = [`--config=${folder}/oauth2-proxy.cfg`];
  if (mode === "proxy") args.push(`--alpha-config=${folder}/alpha.yaml`);
  const own = Object.entries(options.environment ?? {}).map(
    ([name, value]) => [`OAUTH2_PROXY_${name}`, value] as const,
  );
  const running = await startProcess(
    readTools().programs["oauth2-proxy"],
    args,
    {
      ...given,
      OAUTH2_PROXY_REDIRECT_URL: `${origin}/oauth2/callback`,
      OAUTH2_PROXY_REDIS_CONNECTION_URL: sessionsUrl,
      ...Object.fromEntries(own),
    },
    port,
  );
  return { port, ...running };
}

export interface ShippedEdgeOptions {
  readonly app: number;
  readonly judge: number;
  readonly change?: (text: string, file: string) => string;
}

/** The real nginx by the configuration that is shipped. */
export async function startShippedEdge({
  app,
  judge,
  change = (text) => text,
}: ShippedEdgeOptions) {
  const folder = temporaryFolder();
  const port = await freePort();
  for (const file of ["nginx.conf", "app.inc", "oauth2-proxy.inc"]) {
    const text = readText(`${COMPONENTS}/edge-nginx/${file}`)
      .replaceAll("/tmp/", `${folder}/tmp/`)
      .replaceAll("/etc/nginx/chatbot/", `${folder}/`)
      .replaceAll(`${folder}/tmp/proxy-secret.inc`, `${folder}/proxy-secret.inc`)
      .replaceAll("//chatbot-web:8000", `//127.0.0.1:${app}`)
      .replaceAll("//chatbot-oauth2-proxy:4180", `//127.0.0.1:${judge}`)
      .replace(/^error_log.*$/m, "error_log stderr warn;")
      .replace("access_log /dev/stdout", `access_log ${folder}/access.log`)
      .replace("listen 8080;", `listen 127.0.0.1:${port};`)
      .replace("listen 8081;", `listen 127.0.0.1:${await freePort()};`);
    writeFileSync(join(folder, file), change(text, file));
  }
  mkdirSync(join(folder, "tmp"));
  // As the pod's command makes it.
  const secret = `proxy_set_header X-Proxy-Secret "${PROXY_SECRET}";`;
  writeFileSync(join(folder, "proxy-secret.inc"), secret);
  return { port, ...(await startNginx(folder, port)) };
}

/** The real nginx by a configuration in a folder of the test. */
export function startNginx(folder: string, port: number) {
  // In its pod it is no root; here its workers must be able to write where it may.
  const user = process.getuid?.() === 0 ? " user root;" : "";
  const args = ["-c", join(folder, "nginx.conf"), "-p", folder, "-g", `daemon off;${user}`];
  return startProcess(process.env.NGINX_PATH ?? "", args, {}, port);
}
