import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readTools } from "../tools.ts";
import { startBackground } from "./background.ts";
import { type Cluster, openCluster } from "./kubectl.ts";

/** The machine's own address in the network namespace that scripts/platform-namespace.mjs makes. */
export const NODE_ADDRESS = "10.213.255.1";

export interface ControlPlane extends Cluster {
  /** Resolves never; rejects once a part of it has ended by itself. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
}

/** The longest that an API server takes to begin, on a busy machine. */
const START_MS = 120_000;

/**
 * A real control plane: etcd, API server with its usual admission, controller manager, scheduler. The ports are
 * the usual ones, as the network is the tests' own.
 */
export async function startControlPlane(folder: string): Promise<ControlPlane> {
  const { programs } = readTools();
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const secret = randomBytes(24).toString("hex");
  const accounts = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(at("accounts.key"), accounts.privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(at("accounts.pub"), accounts.publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(at("users.csv"), `${secret},admin,admin,system:masters\n`);
  writeFileSync(at("kubeconfig"), kubeconfig(at("pki/apiserver.crt"), secret));
  const cluster = openCluster(at("kubeconfig"));
  const start = (name: "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler") =>
    startBackground(name, programs[name], ARGUMENTS[name](at), folder);

  const first = [start("etcd"), start("kube-apiserver")];
  const broken = Promise.race(first.map((one) => one.broken));
  const deadline = Date.now() + START_MS;
  const ask = () => cluster.tryKubectl(["get", "--raw=/readyz", "--request-timeout=2s"]);
  for (;;) {
    const { code, stderr } = await Promise.race([ask(), broken]);
    if (code === 0) break;
    if (Date.now() > deadline) throw new Error(`The API server does not get ready: ${stderr}`);
    await delay(200);
  }
  const second = [start("kube-controller-manager"), start("kube-scheduler")];
  const all = [...first, ...second];
  const anyBroken = Promise.race(all.map((one) => one.broken));
  anyBroken.catch(() => undefined);
  return {
    ...cluster,
    broken: anyBroken,
    async stop() {
      for (const one of all.reverse()) await one.stop();
    },
  };
}

type Place = (name: string) => string;

const ARGUMENTS = {
  etcd: (at: Place) => [
    `--data-dir=${at("etcd")}`,
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
    // It is thrown away: a disk that is slow must not fail a test.
    "--unsafe-no-fsync",
    "--log-level=warn",
  ],
  "kube-apiserver": (at: Place) => [
    "--etcd-servers=http://127.0.0.1:2379",
    "--bind-address=0.0.0.0",
    `--advertise-address=${NODE_ADDRESS}`,
    "--secure-port=6443",
    `--cert-dir=${at("pki")}`,
    `--token-auth-file=${at("users.csv")}`,
    "--authorization-mode=Node,RBAC",
    `--service-account-key-file=${at("accounts.pub")}`,
    `--service-account-signing-key-file=${at("accounts.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--service-cluster-ip-range=10.214.0.0/16",
    "--kubelet-preferred-address-types=InternalIP",
  ],
  "kube-controller-manager": (at: Place) => [
    `--kubeconfig=${at("kubeconfig")}`,
    `--root-ca-file=${at("pki/apiserver.crt")}`,
    `--service-account-private-key-file=${at("accounts.key")}`,
    `--cert-dir=${at("pki-controllers")}`,
    "--leader-elect=false",
    "--kube-api-qps=200",
    "--kube-api-burst=400",
    // So that a change of the autoscaler's is seen within a test.
    "--horizontal-pod-autoscaler-sync-period=2s",
  ],
  "kube-scheduler": (at: Place) => [
    `--kubeconfig=${at("kubeconfig")}`,
    `--cert-dir=${at("pki-scheduler")}`,
    "--leader-elect=false",
    "--kube-api-qps=200",
    "--kube-api-burst=400",
  ],
};

/** How the administrator comes in, from this machine. */
function kubeconfig(authority: string, secret: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "test",
        cluster: { server: `https://${NODE_ADDRESS}:6443`, "certificate-authority": authority },
      },
    ],
    users: [{ name: "admin", user: { token: secret } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  });
}
