import { onTestFinished } from "vitest";
import type { Cluster } from "./kubectl.ts";

/** Passwords of the Secrets that manifests/README.md has people make. */
export const PASSWORDS = {
  password: "app0",
  "sessions-password": "sessions0",
  "keda-password": "keda0",
} as const;

/** What the Secret of oauth2-proxy has; the lengths are those that it takes. */
export const SIGN_IN_SECRETS = {
  "client-secret": "client0",
  "cookie-secret": "0123456789abcdef0123456789abcdef",
  "proxy-secret": "proxy-secret-of-a-test-0123456789",
} as const;

/** Offers that many volumes of the class `offered`, for as long as the test runs. */
async function offerVolumes({ kubectl }: Cluster, count: number): Promise<void> {
  const names = Array.from({ length: count }, () => `volume-${crypto.randomUUID()}`);
  const items = names.map((name) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      storageClassName: "offered",
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "100Gi" },
      hostPath: { path: `/nowhere/${name}` },
    },
  }));
  await kubectl(
    ["apply", "--filename=-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  );
  onTestFinished(async () => {
    await kubectl(["delete", "persistentvolumes", "--wait=false", ...names]);
  });
}

/** A Secret of these keys. */
export async function makeSecret(
  { kubectl }: Cluster,
  namespace: string,
  name: string,
  keys: Readonly<Record<string, string>>,
): Promise<void> {
  const values = Object.entries(keys).map(([key, value]) => `--from-literal=${key}=${value}`);
  await kubectl(["create", "secret", "generic", name, `--namespace=${namespace}`, ...values]);
}

/** The namespace as it is shipped, with the secrets and volumes that the README asks for; gone with the test. */
export async function openNamespace(cluster: Cluster): Promise<void> {
  const { kubectl } = cluster;
  await kubectl(["apply", "--filename=manifests/namespace.yaml"]);
  onTestFinished(async () => {
    await kubectl(["delete", "namespace", "chatbot", "--timeout=120s"]);
  });
  await offerVolumes(cluster, 2);
  await makeSecret(cluster, "chatbot", "chatbot-redis", PASSWORDS);
  await makeSecret(cluster, "chatbot", "chatbot-oauth2-proxy", SIGN_IN_SECRETS);
}
