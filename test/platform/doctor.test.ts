import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { readOptions } from "../../src/doctor/options.ts";
import { createModelServer } from "../model-server.ts";
import { freePort, startRedisServer } from "../redis-server.ts";
import { build, podsOf, render } from "./builds.ts";
import { environmentOf } from "./environment.ts";
import { meddle } from "./front/between.ts";
import { type Scene, type SceneOptions, startScene } from "./front/scene.ts";
import { startNginx } from "./front/shipped.ts";
import { signInAs } from "./front/sign-in.ts";
import { PROJECT, parseManifests, temporaryFolder } from "./tools.ts";

const Report = z.object({
  findings: z.array(
    z.object({
      id: z.string(),
      verdict: z.string(),
      detail: z.string(),
      advice: z.string().optional(),
    }),
  ),
  trouble: z.array(z.string()),
});

/** Runs the doctor as an operator does. */
async function examine(scene: Scene, args: readonly string[] = []) {
  const folder = temporaryFolder();
  const cookie = await signInAs(scene, "alice");
  writeFileSync(join(folder, "cookie"), cookie);
  writeFileSync(join(folder, "ca.crt"), scene.certificate);
  const child = spawn(
    process.execPath,
    [
      join(PROJECT, "src/doctor/main.ts"),
      `--url=${scene.origin}`,
      `--cookie-file=${folder}/cookie`,
      `--ca-file=${folder}/ca.crt`,
      `--issuer=${scene.provider.issuer}`,
      "--hold-seconds=5",
      "--json",
      ...args,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  child.stdout.on("data", (text) => (out += text));
  child.stderr.on("data", (text) => (out += text));
  const [code] = await once(child, "close");
  const report = Report.parse(JSON.parse(out));
  const failed = report.findings.filter(({ verdict }) => verdict === "failed");
  const unchecked = report.findings.filter(({ verdict }) => verdict === "not checked");
  return { code, report, failed, unchecked, out, cookie };
}

/** Addresses at which nobody answers, as policies make it in a cluster. */
async function closed(): Promise<string[]> {
  const ports = await Promise.all(Array.from({ length: 4 }, freePort));
  const [app, admin, redis, model] = ports;
  return [
    `--app-url=http://127.0.0.1:${app}`,
    `--admin-url=http://127.0.0.1:${admin}`,
    `--redis=127.0.0.1:${redis}`,
    `--model-server=http://127.0.0.1:${model}`,
  ];
}

test.each(["proxy", "ext-authz"] as const)(
  "what is shipped for %s holds against everything the doctor tries",
  async (mode) => {
    const scene = await startScene({ mode });
    const args = [...(await closed()), `--http-port=${await freePort()}`];
    const { code, failed, unchecked, report } = await examine(scene, args);
    expect(failed).toEqual([]);
    expect(unchecked).toEqual([]);
    expect(report.trouble).toEqual([]);
    expect(code).toBe(0);
  },
);

/** An nginx on the way, as somebody else set it up. */
async function nginxBetween(port: number, settings: string): Promise<number> {
  const folder = temporaryFolder();
  const own = await freePort();
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name.replace("client_", "")};`)
    .join(" ");
  writeFileSync(
    join(folder, "nginx.conf"),
    `pid ${folder}/pid; error_log stderr warn; events {}
http { access_log off; ${temporary} client_max_body_size 32m;
  map $http_upgrade $conn { default upgrade; "" ""; }
  server { listen 127.0.0.1:${own}; proxy_set_header Host $http_host; ${settings}
    # HTTP/1.0, as nginx does where nobody tells it: what comes in chunks it would pass on at once.
    location / { proxy_pass http://127.0.0.1:${port}; }
    location /api/ws { proxy_http_version 1.1; proxy_pass http://127.0.0.1:${port};
      proxy_set_header Host $http_host;
      proxy_set_header Connection $conn; proxy_set_header Upgrade $http_upgrade; } } }`,
  );
  await startNginx(folder, own);
  return own;
}

interface Fault {
  readonly what: string;
  readonly scene: () => Promise<SceneOptions> | SceneOptions;
  readonly args?: (scene: Scene) => readonly string[] | Promise<readonly string[]>;
  /** The checks that name it. */
  readonly named: readonly string[];
}

/** The app believes a header, whoever sends it. */
const HEADER_MODE = { AUTH_MODE: "header", AUTH_PROXY_SECRET_FILE: "" };

const without = (entry: RegExp) => (text: string, file: string) =>
  file === "alpha.yaml" ? text.replace(entry, "") : text;

const FAULTS: readonly Fault[] = [
  {
    what: "the app in header mode without a proxy",
    scene: () => ({ app: HEADER_MODE, between: (_front, app) => Promise.resolve(app) }),
    named: ["forged-userid", "forged-userid-socket"],
  },
  {
    what: "a proxy that leaves the header of the app to its clients",
    scene: () => ({
      app: { ...HEADER_MODE, AUTH_USERID_HEADER: "X-Forwarded-Email" },
      changeProxy: without(/ {2}- name: X-Forwarded-Email\n.*\n/),
    }),
    args: () => ["--userid-header=X-Forwarded-Email"],
    named: ["forged-userid-signed-in", "forged-userid-signed-in-socket"],
  },
  {
    what: "a proxy that passes on its clients' Connection",
    scene: () => ({ changeProxy: without(/ {2}- name: Connection\n.*\n/) }),
    named: ["dropped-headers-signed-in", "dropped-headers-signed-in-socket"],
  },
  {
    what: "routes without a sign-in",
    scene: () => ({
      app: HEADER_MODE,
      proxyEnvironment: { SKIP_AUTH_ROUTES: "^/api/" },
      changeProxy: (text) =>
        text.replace(
          "- name: X-Forwarded-User\n",
          "- name: X-Forwarded-User\n    preserveRequestValue: true\n",
        ),
    }),
    named: ["forged-userid", "forged-userid-socket"],
  },
  {
    what: "a proxy that believes X-Forwarded-Uri from everybody",
    scene: () => ({
      proxyEnvironment: { SKIP_AUTH_ROUTES: "^/livez$", REVERSE_PROXY: "true" },
    }),
    named: ["forwarded-uri"],
  },
  {
    what: "a proxy that takes its own address from its clients",
    scene: () => ({
      proxyEnvironment: { REDIRECT_URL: "/oauth2/callback", REVERSE_PROXY: "true" },
    }),
    named: ["forwarded-host"],
  },
  {
    what: "a proxy that leads to every site",
    scene: () => ({ proxyEnvironment: { WHITELIST_DOMAINS: ".invalid" } }),
    named: ["open-redirect"],
  },
  {
    what: "a judge that everybody may ask",
    scene: () => ({
      mode: "ext-authz",
      changeEdge: (text) => text.replace("internal;\n", ""),
    }),
    named: ["proof-hidden"],
  },
  {
    what: "cookies for scripts and for other sites",
    scene: () => ({
      proxyEnvironment: { COOKIE_SAMESITE: "none", COOKIE_HTTPONLY: "false" },
    }),
    named: ["cookies"],
  },
  {
    what: "an nginx that collects answers",
    scene: () => ({
      between: (front) => nginxBetween(front, "proxy_ignore_headers X-Accel-Buffering;"),
    }),
    named: ["stream-begins"],
  },
  {
    what: "a gateway that passes answers on every second",
    scene: () => ({
      between: (front) => meddle(front, { collectMs: 1_000, atOnce: /event: subscribed/ }),
    }),
    named: ["stream-pieces"],
  },
  {
    what: "a short idle limit",
    scene: () => ({ between: (front) => nginxBetween(front, "proxy_read_timeout 2s;") }),
    named: ["socket-held", "socket-silent", "stream-held"],
  },
  {
    what: "an edge that takes less than the app",
    scene: () => ({
      mode: "ext-authz",
      changeEdge: (text) => text.replace("client_max_body_size 17m", "client_max_body_size 1m"),
    }),
    named: ["import-limit"],
  },
  {
    what: "an edge that takes less than a message",
    scene: () => ({
      mode: "ext-authz",
      changeEdge: (text) => text.replace("client_max_body_size 1m", "client_max_body_size 64k"),
    }),
    named: ["body-limit"],
  },
  {
    what: "a gateway that hides where a request is from",
    scene: () => ({
      between: (front) =>
        meddle(front, {
          request: ({ origin: _origin, "sec-fetch-site": _site, ...headers }) => headers,
        }),
    }),
    named: ["foreign-socket", "foreign-post"],
  },
  {
    what: "a gateway that lets every site read, and removes the page's policy",
    scene: () => ({
      between: (front) =>
        meddle(front, {
          answer: ({ "content-security-policy": _policy, ...headers }) => ({
            ...headers,
            "access-control-allow-origin": "*",
          }),
        }),
    }),
    named: ["cors", "page-headers"],
  },
  {
    what: "a gateway that makes answers of the API cacheable",
    scene: () => ({
      between: (front) =>
        meddle(front, { answer: (headers) => ({ ...headers, "cache-control": "max-age=60" }) }),
    }),
    named: ["api-headers"],
  },
  {
    what: "a gateway that takes heads of any size",
    scene: () => ({
      between: (front) =>
        meddle(front, {
          request: (headers) =>
            Object.fromEntries(
              Object.entries(headers).filter(([name]) => !name.startsWith("x-padding")),
            ),
        }),
    }),
    named: ["large-head"],
  },
  {
    what: "everything beside the app open",
    scene: () => ({ app: HEADER_MODE }),
    args: async ({ app }) => {
      const redis = await startRedisServer();
      onTestFinished(() => redis.stop());
      const model = await createModelServer();
      onTestFinished(() => model.close());
      return [
        `--admin-url=${app.adminUrl}`,
        `--redis=127.0.0.1:${redis.port}`,
        `--model-server=${model.url}`,
        `--app-url=${app.url}`,
        `--http-port=${new URL(app.url).port}`,
      ];
    },
    named: [
      ...["https-only", "admin-port", "app-reachable", "redis", "model-server"],
      ...["forged-userid-app", "forged-userid-app-socket"],
    ],
  },
  {
    what: "the admin port under the public address",
    scene: () => ({
      between: (front, _app, admin) => meddle(front, { routes: { "/metrics": admin } }),
    }),
    named: ["admin-paths"],
  },
];

test("past its proxy the app that is shipped can be reached, and still nobody gets in", async () => {
  const scene = await startScene();
  const { failed } = await examine(scene, [`--app-url=${scene.app.url}`]);
  expect(failed.map(({ id }) => id)).toEqual(["app-reachable"]);
});

test.each(FAULTS)("the doctor names $what", async ({ scene: options, args, named }) => {
  const scene = await startScene(await options());
  const { code, failed } = await examine(scene, [
    "--hold-seconds=3",
    ...((await args?.(scene)) ?? []),
  ]);
  expect(failed.map(({ id }) => id).toSorted()).toEqual([...named].toSorted());
  for (const { advice } of failed) expect(advice).toMatch(/\w{3}/);
  expect(code).toBe(1);
});

test("no report of the doctor holds a credential", async () => {
  const scene = await startScene();
  const { out, cookie } = await examine(scene, await closed());
  for (const pair of cookie.split("; ")) expect(out).not.toContain(pair.split("=")[1]);
  expect(out).not.toContain(scene.provider.clientSecret);
});

test.each([
  ["Kustomize", () => build("test/platform/builds/doctor"), "CronJob chatbot-doctor"],
  ["Helm", () => render("charts/chatbot/ci/doctor-values.yaml"), "CronJob chatbot-doctor"],
  ["helm test", () => render("charts/chatbot/ci/doctor-values.yaml"), "Job chatbot-doctor-test"],
])("the doctor understands how %s starts it", (_by, make, owner) => {
  const manifests = parseManifests(make());
  const pod = podsOf(manifests).find((candidate) => candidate.owner === owner);
  const environment = environmentOf(manifests, pod?.spec);
  const args: string[] = pod?.spec.containers[0].args;
  const filled = args.map((arg) =>
    arg.replaceAll(/\$\((\w+)\)/g, (_whole, name: string) => environment[name] ?? "missing"),
  );
  expect(readOptions(filled)).toMatchObject({
    url: new URL("https://chat.example.com"),
    via: new URL("http://chatbot-oauth2-proxy:4180"),
    useridHeader: "X-Forwarded-User",
    ask: false,
  });
  // A stranger: nothing by which a policy would let it in.
  expect(pod?.metadata.labels).not.toHaveProperty("chatbot.dev/proxy");
  expect(pod?.metadata.labels["app.kubernetes.io/component"]).toBe("doctor");
});
