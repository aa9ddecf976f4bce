import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { freePort } from "../redis-server.ts";
import { startBundledRedis } from "./bundled-redis.ts";
import { readText, run, temporaryFolder } from "./tools.ts";

const PROXY = "manifests/components/oauth2-proxy";
const EXT_AUTHZ = "manifests/components/ext-authz";
const EDGE = "manifests/components/edge-nginx";

/** Configuration files as in a pod, but in a folder of the test. */
function configure(component: string, files: readonly string[]): string {
  const folder = temporaryFolder();
  const secrets = {
    "cookie-secret": "0123456789abcdef".repeat(2),
    "client-secret": "c",
    "proxy-secret": "p",
  };
  for (const [name, text] of Object.entries({ ...secrets, connection: "Upgrade" })) {
    writeFileSync(join(folder, name), text);
  }
  for (const file of files) {
    const text = readText(`${component}/${file}`);
    writeFileSync(
      join(folder, file),
      text.replaceAll(/\/(run\/secrets|etc)\/oauth2-proxy\//g, `${folder}/`),
    );
  }
  return folder;
}

test.each([
  ["proxy mode", PROXY, ["oauth2-proxy.cfg", "alpha.yaml"]],
  ["external authorisation", EXT_AUTHZ, ["oauth2-proxy.cfg"]],
])(
  "the real oauth2-proxy takes the configuration of %s, and reaches its sessions",
  async (_mode, component, files) => {
    const redis = await startBundledRedis();
    const folder = configure(component, files);
    const alpha = files.includes("alpha.yaml");
    const args = [`--config=${folder}/oauth2-proxy.cfg`, "--config-test"];
    const provider: Record<string, string> = alpha
      ? { OIDC_ISSUER_URL: "https://issuer.example.com", OIDC_CLIENT_ID: "chatbot" }
      : {
          OAUTH2_PROXY_OIDC_ISSUER_URL: "https://issuer.example.com",
          OAUTH2_PROXY_CLIENT_ID: "chatbot",
        };
    const env = {
      ...provider,
      OAUTH2_PROXY_REDIRECT_URL: "https://chat.example.com/oauth2/callback",
      OAUTH2_PROXY_REDIS_CONNECTION_URL: redis.url("sessions"),
      UPSTREAM_URL: "http://chatbot-web:8000",
      UPSTREAM_PASS_HOST: "true",
    };
    const all = alpha ? [...args, `--alpha-config=${folder}/alpha.yaml`] : args;
    expect(() => run("oauth2-proxy", all, { env })).not.toThrow();
    // The check sees the store: with the app's user it could not write there.
    const wrong = { ...env, OAUTH2_PROXY_REDIS_CONNECTION_URL: redis.url("chatbot") };
    expect(() => run("oauth2-proxy", all, { env: wrong })).toThrow(/NOPERM|permissions/i);
  },
);

test("proxy mode sets or removes every header by which somebody could be somebody else", () => {
  const { injectRequestHeaders } = parse(readText(`${PROXY}/alpha.yaml`));
  const names = injectRequestHeaders.map(({ name }: { name: string }) => name.toLowerCase());
  // What oauth2-proxy 7.15 does not inject it passes on, as the client sent it.
  for (const name of [
    ...[
      "x-forwarded-user",
      "x-forwarded-email",
      "x-forwarded-groups",
      "x-forwarded-preferred-username",
    ],
    ...[
      "x-forwarded-access-token",
      "x-auth-request-user",
      "x-auth-request-email",
      "x-auth-request-groups",
    ],
    ...[
      "x-auth-request-preferred-username",
      "gap-auth",
      "kubeflow-userid",
      "userid",
      "authorization",
    ],
    ...["x-proxy-secret", "connection"],
  ]) {
    expect(names).toContain(name);
  }
  const preserved = injectRequestHeaders.filter(
    (header: object) => "preserveRequestValue" in header,
  );
  expect(preserved).toEqual([]);
});

test("the gateway of the mesh removes them too", () => {
  const { injectRequestHeaders } = parse(readText(`${PROXY}/alpha.yaml`));
  const gateway = readText("manifests/components/istio/gateway.yaml").toLowerCase();
  for (const { name } of injectRequestHeaders) {
    // These two have no meaning behind Envoy.
    if (["connection", "x-proxy-secret"].includes(name.toLowerCase())) continue;
    expect(gateway).toContain(`- ${name.toLowerCase()}\n`);
  }
});

test.each([PROXY, EXT_AUTHZ])(
  "the cookie of %s is bound to its host, and refreshed before the proof ends",
  (component) => {
    const config = readText(`${component}/oauth2-proxy.cfg`);
    expect(config).toMatch(/^cookie_name = "__Host-/m);
    expect(config).not.toMatch(/^cookie_(domain|secure = false)/m);
    expect(config).toMatch(/^cookie_refresh = "4m"/m);
    expect(config).toMatch(/^session_store_type = "redis"/m);
    expect(config).not.toMatch(/^skip_auth_|prefer_email/m);
  },
);

test("nginx hands on what is listed and nothing else", () => {
  const app = readText(`${EDGE}/app.inc`);
  expect(app).toMatch(/^proxy_pass_request_headers off;/m);
  expect(app).toMatch(/^add_header Set-Cookie \$setck always;/m);
  expect(app).not.toMatch(/Cookie \$http_cookie/);
});

test.runIf(process.env.NGINX_PATH)("the real nginx takes its configuration", async () => {
  const folder = temporaryFolder();
  for (const file of ["nginx.conf", "app.inc", "oauth2-proxy.inc"]) {
    const text = readText(`${EDGE}/${file}`)
      .replaceAll("/tmp/", `${folder}/tmp/`)
      .replaceAll("/etc/nginx/chatbot/", `${folder}/`)
      .replaceAll(/\/\/chatbot-[\w-]+:/g, "//127.0.0.1:")
      .replace(/^error_log.*$/m, "error_log stderr warn;")
      .replace("access_log /dev/stdout", `access_log ${folder}/access.log`)
      .replace("listen 8080;", `listen ${await freePort()};`)
      .replace("listen 8081;", `listen ${await freePort()};`);
    writeFileSync(join(folder, file), text);
  }
  mkdirSync(join(folder, "tmp"));
  writeFileSync(join(folder, "tmp/proxy-secret.inc"), 'proxy_set_header X-Proxy-Secret "p";');
  const { status, stderr } = spawnSync(
    process.env.NGINX_PATH ?? "",
    ["-t", "-c", join(folder, "nginx.conf")],
    {
      encoding: "utf8",
    },
  );
  expect(stderr).toContain("test is successful");
  expect(status).toBe(0);
});
