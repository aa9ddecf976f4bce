import { expect, inject, test } from "vitest";
import { build } from "../builds.ts";
import { openCluster } from "../cluster/kubectl.ts";
import { openNamespace } from "../cluster/namespace.ts";
import { type Manifest, parseManifests } from "../tools.ts";
import { GPU_NODE, NODES } from "./nodes.ts";

const cluster = openCluster(inject("kubeconfig"));
const { kubectl, tryKubectl, get } = cluster;
const inNamespace = "--namespace=chatbot";

// What a kubelet would say of it, the real node shows; here every scheduled pod is ready at once.
async function becomesReady(): Promise<void> {
  for (const kind of ["deployments", "statefulsets"]) {
    for (const { metadata } of await get(kind, inNamespace)) {
      const what = `${kind}/${metadata.name}`;
      await kubectl(["rollout", "status", what, inNamespace, "--timeout=60s"]);
    }
  }
}

const component = (name: string) => `--selector=app.kubernetes.io/component=${name}`;

const zoneOf = (name: string) =>
  NODES.find(({ metadata }) => metadata.name === name)?.metadata.labels[
    "topology.kubernetes.io/zone"
  ] ?? "";

/** The most pods in one of these places less the fewest, in any. */
function skew(places: readonly string[], all: readonly string[]): number {
  const counts = all.map((place) => places.filter((one) => one === place).length);
  return Math.max(...counts) - Math.min(...counts);
}

test.each(["dev", "vanilla", "production", "istio", "knative-serving"])(
  "kubectl apply -k manifests/overlays/%s is scheduled whole, and changes nothing the second time",
  async (name) => {
    const folder = `manifests/overlays/${name}`;
    await openNamespace(cluster);
    const { stderr, code } = await tryKubectl(["apply", "--kustomize", folder]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    await becomesReady();

    const owners = parseManifests(build(folder)).filter(({ kind }) =>
      ["Deployment", "StatefulSet"].includes(kind),
    );
    for (const { metadata, spec } of owners) {
      const part = metadata.labels?.["app.kubernetes.io/component"] ?? "";
      const places = async () =>
        (await get("pods", inNamespace, component(part)))
          .map((pod) => pod.spec.nodeName as string | undefined)
          .filter((place) => place !== undefined);
      // Where an autoscaler counts, its least.
      await expect
        .poll(places, { message: part, timeout: 30_000 })
        .toHaveLength(spec.replicas ?? 2);
      const found = await places();
      const gpu = part === "model-server";
      expect(
        found.every((place) => (place === GPU_NODE) === gpu),
        part,
      ).toBe(true);
      expect(new Set(found).size, part).toBe(found.length);
    }
    const failed = await get("events", inNamespace, "--field-selector=reason=FailedCreate");
    expect(failed.map(({ message }) => message)).toEqual([]);

    const diff = await tryKubectl(["diff", "--kustomize", folder]);
    expect(diff).toEqual({ stdout: "", stderr: "", code: 0 });
    // What kubectl calls configured may be the same as before; a generation counts changes.
    const generations = async () => {
      const all = JSON.parse(await kubectl(["get", "--kustomize", folder, "--output=json"])).items;
      return all.map(({ kind, metadata }: Manifest) => [kind, metadata.name, metadata.generation]);
    };
    const before = await generations();
    await kubectl(["apply", "--kustomize", folder]);
    expect(await generations()).toEqual(before);
  },
);

test("a model server waits for a GPU, and goes nowhere else", async () => {
  await openNamespace(cluster);
  await kubectl(["cordon", GPU_NODE]);
  await kubectl(["apply", "--kustomize", "manifests/overlays/production"]);
  const isUnschedulable = async () => {
    const [pod] = await get("pods", inNamespace, component("model-server"));
    return pod?.status.conditions?.find(({ type }: { type: string }) => type === "PodScheduled");
  };
  await expect
    .poll(isUnschedulable, { timeout: 30_000 })
    .toMatchObject({ status: "False", reason: "Unschedulable" });
  await kubectl(["uncordon", GPU_NODE]);
  await becomesReady();
  const [pod] = await get("pods", inNamespace, component("model-server"));
  expect(pod.spec.nodeName).toBe(GPU_NODE);
});

test("six of a kind are spread evenly over zones and nodes", async () => {
  await openNamespace(cluster);
  await kubectl(["apply", "--kustomize", "manifests/overlays/vanilla"]);
  for (const part of ["web", "worker", "oauth2-proxy"]) {
    const deployment = `deployment/chatbot-${part}`;
    await kubectl(["scale", deployment, inNamespace, "--replicas=6"]);
    await kubectl(["rollout", "status", deployment, inNamespace, "--timeout=60s"]);
    const places = (await get("pods", inNamespace, component(part))).map(
      ({ spec }) => spec.nodeName,
    );
    expect(places.length).toBe(6);
    expect(skew(places, ["node-a", "node-b", "node-c"]), part).toBeLessThanOrEqual(1);
    expect(skew(places.map(zoneOf), ["a", "b", "c"]), part).toBeLessThanOrEqual(1);
  }
});

test("an autoscaler brings web to its least, and applying again leaves its count alone", async () => {
  await openNamespace(cluster);
  const folder = "manifests/overlays/production";
  await kubectl(["apply", "--kustomize", folder]);
  await becomesReady();
  const count = async () =>
    (await get("deployments", inNamespace, component("web")))[0].spec.replicas;
  await expect.poll(count, { timeout: 30_000 }).toBe(2);
  // As if it had scaled: it has no figures here, and so keeps what it finds.
  await kubectl(["scale", "deployment/chatbot-web", inNamespace, "--replicas=5"]);
  await kubectl(["apply", "--kustomize", folder]);
  expect(await count()).toBe(5);
});

test("a change of the configuration is a new ReplicaSet of all that read it", async () => {
  await openNamespace(cluster);
  await kubectl(["apply", "--kustomize", "manifests/overlays/vanilla"]);
  await becomesReady();
  const sets = async () =>
    (await get("replicasets", inNamespace)).map(({ metadata }) => metadata.name as string);
  const before = await sets();
  const changed = build("manifests/overlays/vanilla")
    .replaceAll(/chatbot-config-\w{10}/g, "chatbot-config-changed000")
    .replace("LOG_LEVEL: INFO", "LOG_LEVEL: DEBUG");
  await kubectl(["apply", "--filename=-"], changed);
  await becomesReady();
  const fresh = (await sets()).filter((name) => !before.includes(name));
  expect(fresh.map((name) => name.replace(/-\w+$/, "")).toSorted()).toEqual([
    // Its redirect URL is made of PUBLIC_ORIGIN.
    "chatbot-oauth2-proxy",
    "chatbot-web",
    "chatbot-worker",
  ]);
  const pods = await get("pods", inNamespace, component("web"));
  expect(pods.filter(({ metadata }) => !metadata.deletionTimestamp).length).toBe(2);
});
