import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject, onTestFinished, test } from "vitest";
import { startApp } from "../../app-process.ts";
import { call } from "../../chat-client.ts";
import { createModelServer } from "../../model-server.ts";
import { freePort, startRedisServer } from "../../redis-server.ts";
import { openCluster } from "../cluster/kubectl.ts";
import { openNamespace } from "../cluster/namespace.ts";
import { temporaryFolder } from "../tools.ts";

const cluster = openCluster(inject("kubeconfig"));
const { kubectl } = cluster;
const inNamespace = "--namespace=chatbot";
const NAMES = fileURLToPath(new URL("../../cluster-names.ts", import.meta.url));
const RESTRICTED = {
  runAsNonRoot: true,
  runAsUser: 1000,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const apply = (object: object) => kubectl(["apply", "--filename=-"], JSON.stringify(object));

/** How a pod of `account` comes in: by that account's own credentials. */
async function comeInAs(account: string): Promise<string> {
  const bearer = (await kubectl(["create", "token", account, inNamespace])).trim();
  const config = JSON.parse(readFileSync(cluster.kubeconfig, "utf8"));
  const context = { cluster: "test", user: account, namespace: "chatbot" };
  const file = join(temporaryFolder(), "kubeconfig");
  writeFileSync(
    file,
    JSON.stringify({
      ...config,
      users: [{ name: account, user: { token: bearer } }],
      contexts: [{ name: "test", context }],
    }),
  );
  return file;
}

/** The app with the rights that `account` has. @returns what it says of its models. */
async function startAs(account: string) {
  const redis = await startRedisServer();
  onTestFinished(() => redis.stop());
  const app = await startApp({
    AUTH_MODE: "dev",
    REDIS_OM_URL: redis.url,
    MODEL_DISCOVERY: "kubernetes",
    KUBECONFIG: await comeInAs(account),
    NODE_OPTIONS: `--import=${NAMES}`,
  });
  return async (): Promise<unknown> => (await call(app.url, "GET", "/api/models")).json();
}

async function openWithRights(): Promise<void> {
  await openNamespace(cluster);
  for (const file of ["base/service-accounts.yaml", "components/model-discovery/rbac.yaml"]) {
    await kubectl(["apply", inNamespace, `--filename=manifests/${file}`]);
  }
}

test("a model's manifest that is applied is seen as starting, as ready once its pod is, and goes with it", async () => {
  await openWithRights();
  const models = await startAs("chatbot-web");
  await expect.poll(models).toEqual({ items: [], discovery: "live" });
  const port = await freePort();
  const metadata = { name: "llama", namespace: "chatbot" };
  await apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata, labels: { "chatbot.dev/model": "true" } },
    spec: { selector: { app: "llama" }, ports: [{ name: "http", port }] },
  });
  const listed = (status: string) => ({ items: [{ id: "llama", status }], discovery: "live" });
  await expect.poll(models).toMatchObject(listed("starting"));
  const server = await createModelServer({ port });
  onTestFinished(() => server.close());
  await apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, labels: { app: "llama" } },
    spec: {
      containers: [{ name: "llama", image: "example.com/llama:1", securityContext: RESTRICTED }],
    },
  });
  await expect.poll(models, { timeout: 60_000 }).toMatchObject(listed("ready"));
  await kubectl(["delete", "service", "llama", inNamespace]);
  await expect.poll(models).toEqual({ items: [], discovery: "live" });
});

test("without the right to ask, the app runs on and says so", async () => {
  await openWithRights();
  await kubectl(["create", "serviceaccount", "nobody", inNamespace]);
  const models = await startAs("nobody");
  await expect.poll(models).toEqual({ items: [], discovery: "away" });
});

test("what looks for models may read Services and what stands behind them, and nothing else", async () => {
  await openWithRights();
  const rights = (name: string) =>
    kubectl([
      ...["auth", "can-i", "--list", inNamespace, "--no-headers"],
      `--as=system:serviceaccount:chatbot:${name}`,
      ...["--as-group=system:serviceaccounts", "--as-group=system:authenticated"],
    ]);
  const linesOf = (said: string) => said.split("\n").map((line) => line.replaceAll(/\s+/g, " "));
  for (const account of ["chatbot-web", "chatbot-worker"]) {
    const least = new Set(linesOf(await rights("chatbot-redis")));
    const more = linesOf(await rights(account)).filter((line) => !least.has(line));
    expect(more.toSorted()).toEqual([
      "endpointslices.discovery.k8s.io [] [] [get list watch]",
      "services [] [] [get list watch]",
    ]);
  }
});
