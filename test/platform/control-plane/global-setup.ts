import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startBackground } from "../cluster/background.ts";
import { startControlPlane } from "../cluster/control-plane.ts";
import { crdFiles, readTools, workFolder } from "../tools.ts";
import { NODES, STORAGE_CLASS } from "./nodes.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** How to reach the cluster as its administrator. */
    readonly kubeconfig: string;
  }
}

/** Starts a control plane with every CRD that something shipped is of, and simulated nodes. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = workFolder();
  const cluster = await startControlPlane(folder);
  const { programs, descriptions } = readTools();
  const stages = join(descriptions.kwok, "kustomize/stage");
  const kwok = startBackground(
    "kwok",
    programs.kwok,
    [
      `--kubeconfig=${cluster.kubeconfig}`,
      "--manage-all-nodes=true",
      `--config=${stages}/node/fast/node-initialize.yaml`,
      `--config=${stages}/node/heartbeat/node-heartbeat.yaml`,
      ...["pod-ready", "pod-complete", "pod-delete"].map(
        (stage) => `--config=${stages}/pod/fast/${stage}.yaml`,
      ),
    ],
    folder,
  );
  const objects = join(folder, "nodes.json");
  writeFileSync(
    objects,
    JSON.stringify({ apiVersion: "v1", kind: "List", items: [...NODES, STORAGE_CLASS] }),
  );
  const set = async () => {
    for (const file of crdFiles()) {
      await cluster.kubectl(["apply", "--server-side", `--filename=${file}`]);
    }
    await cluster.kubectl(["wait", "--for=condition=Established", "crd", "--all"]);
    await cluster.kubectl(["apply", `--filename=${objects}`]);
    await cluster.kubectl(["wait", "--for=condition=Ready", "nodes", "--all", "--timeout=60s"]);
  };
  await Promise.race([set(), cluster.broken, kwok.broken]);
  project.provide("kubeconfig", cluster.kubeconfig);
  return async () => {
    await kwok.stop();
    await cluster.stop();
  };
}
