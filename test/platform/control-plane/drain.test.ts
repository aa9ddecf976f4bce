import { expect, inject, test } from "vitest";
import { openCluster } from "../cluster/kubectl.ts";
import { openNamespace } from "../cluster/namespace.ts";

const cluster = openCluster(inject("kubeconfig"));
const { kubectl, tryKubectl, get } = cluster;
const inNamespace = "--namespace=chatbot";
const WORKING = ["node-a", "node-b", "node-c"];

const podsOf = async (part: string) =>
  (await get("pods", inNamespace, `--selector=app.kubernetes.io/component=${part}`)).filter(
    ({ metadata }) => !metadata.deletionTimestamp,
  );

async function install(): Promise<void> {
  await openNamespace(cluster);
  await kubectl(["apply", "--kustomize", "manifests/overlays/vanilla"]);
  for (const part of ["web", "worker", "oauth2-proxy"]) {
    await kubectl([
      "rollout",
      "status",
      `deployment/chatbot-${part}`,
      inNamespace,
      "--timeout=60s",
    ]);
  }
  await kubectl(["rollout", "status", "statefulset/chatbot-redis", inNamespace, "--timeout=60s"]);
  const allowed = async () =>
    (await get("poddisruptionbudgets", inNamespace)).map(({ status }) => status.disruptionsAllowed);
  // Its controller takes its time where a budget of that name was there before.
  await expect.poll(allowed, { timeout: 90_000 }).toEqual([1, 1, 1]);
}

/** As a drain asks. 429 is the budget's refusal. */
const evict = (name: string) =>
  tryKubectl(
    ["create", "--raw", `/api/v1/namespaces/chatbot/pods/${name}/eviction`, "--filename=-"],
    JSON.stringify({
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace: "chatbot" },
    }),
  );

test.each(["web", "worker", "oauth2-proxy"])(
  "while one %s is away, the eviction of the other is refused",
  async (part) => {
    await install();
    const [one, other] = await podsOf(part);
    // Nothing may take the first one's place.
    for (const node of WORKING) await kubectl(["cordon", node]);
    try {
      expect(await evict(one.metadata.name)).toMatchObject({ code: 0 });
      const allowed = async () =>
        (await get("poddisruptionbudgets", inNamespace)).find(
          ({ metadata }) => metadata.name === `chatbot-${part}`,
        )?.status.disruptionsAllowed;
      await expect.poll(allowed, { timeout: 30_000 }).toBe(0);
      const refused = await evict(other.metadata.name);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toMatch(/TooManyRequests|disruption budget/);
      expect((await podsOf(part)).map(({ metadata }) => metadata.name)).toContain(
        other.metadata.name,
      );
    } finally {
      for (const node of WORKING) await kubectl(["uncordon", node]);
    }
  },
);

test("a pod that is broken already may be evicted, whatever the budget", async () => {
  await install();
  const pods = await podsOf("web");
  for (const { metadata } of pods) {
    await kubectl([
      ...["patch", "pod", metadata.name, inNamespace, "--subresource=status", "--type=strategic"],
      '--patch={"status":{"conditions":[{"type":"Ready","status":"False"}]}}',
    ]);
  }
  for (const { metadata } of pods) expect(await evict(metadata.name)).toMatchObject({ code: 0 });
});

test("a node is drained of everything, Redis too, and what was there goes on elsewhere", async () => {
  await install();
  const [redis] = await podsOf("redis");
  const node = redis.spec.nodeName;
  await kubectl([
    ...["drain", node, "--delete-emptydir-data", "--ignore-daemonsets", "--timeout=90s"],
  ]);
  try {
    for (const [part, count] of [
      ["web", 2],
      ["worker", 2],
      ["oauth2-proxy", 2],
      ["redis", 1],
    ] as const) {
      const places = async () =>
        (await podsOf(part)).filter(({ spec }) => spec.nodeName && spec.nodeName !== node).length;
      await expect.poll(places, { timeout: 30_000 }).toBe(count);
    }
  } finally {
    await kubectl(["uncordon", node]);
  }
});
