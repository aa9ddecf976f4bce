import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import * as z from "zod";
import type { Cluster } from "../cluster/kubectl.ts";
import { crdFiles, workFolder } from "../tools.ts";
import { NODE, startNode } from "./real-node.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How to reach the cluster as its administrator. */
    readonly kubeconfig: string;
  }
}

/** Volumes that are offered: each test's Redis and model server take one, and none is used twice. */
const VOLUMES = 8;

/** Starts a cluster of one real node, with the images that the manifests name. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.PLATFORM_IMAGE;
  if (!given || process.getuid?.() !== 0) {
    throw new Error("A node takes root, and Debian's packages for its images and containers.");
  }
  const { layout } = z.object({ layout: z.string() }).parse(JSON.parse(given));
  const folder = workFolder();
  const cluster = await startNode(folder, layout);
  await Promise.race([furnish(cluster, folder), cluster.broken]);
  project.provide("kubeconfig", cluster.kubeconfig);
  return cluster.stop;
}

async function furnish({ kubectl }: Cluster, folder: string): Promise<void> {
  for (const file of crdFiles()) {
    await kubectl(["apply", "--server-side", `--filename=${file}`]);
  }
  const volumes = Array.from({ length: VOLUMES }, (_, at) => `volume-${at}`);
  for (const name of volumes) mkdirSync(join(folder, "volumes", name), { mode: 0o700 });
  const items = [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: "local",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "kubernetes.io/no-provisioner",
      volumeBindingMode: "WaitForFirstConsumer",
    },
    ...volumes.map((name) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name },
      spec: {
        storageClassName: "local",
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "100Gi" },
        local: { path: join(folder, "volumes", name) },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: "kubernetes.io/hostname", operator: "In", values: [NODE] },
                ],
              },
            ],
          },
        },
      },
    })),
  ];
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl(["apply", "--filename=-"], list);
  // There is no GPU, and no driver to say so: a pod that asks for one may come all the same.
  await kubectl([
    ...["patch", "node", NODE, "--subresource=status", "--type=json"],
    '--patch=[{"op":"add","path":"/status/capacity/nvidia.com~1gpu","value":"1"}]',
  ]);
}
