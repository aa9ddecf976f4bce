import { expect, inject, onTestFinished, test } from "vitest";
import { openCluster } from "../cluster/kubectl.ts";
import { openNamespace } from "../cluster/namespace.ts";

const cluster = openCluster(inject("kubeconfig"));
const { kubectl, tryKubectl, helm, get } = cluster;
const inNamespace = "--namespace=chatbot";
const release = ["chatbot", "charts/chatbot", inNamespace];
const wait = ["--wait", "--timeout=90s"];

/** Every object in the namespace that somebody made: kind and name. */
async function objects(): Promise<string[]> {
  const kinds = await kubectl(["api-resources", "--namespaced", "--verbs=list", "--output=name"]);
  const asked = kinds
    .trim()
    .split("\n")
    .filter((kind) => !/^(events|leases|endpoints)/.test(kind));
  const list = await kubectl(["get", asked.join(), inNamespace, "--output=name"]);
  return list
    .trim()
    .split("\n")
    .filter((name) => !/\/(default|kube-root-ca\.crt)$/.test(name))
    .toSorted();
}

const manifestOf = () => helm(["get", "manifest", "chatbot", inNamespace]);

test.each([
  ["its defaults", []],
  ["the production values", ["--values=charts/chatbot/ci/production-values.yaml"]],
])(
  "helm installs, upgrades, rolls back and uninstalls the chart with %s, and leaves nothing but volumes",
  async (_name, values) => {
    await openNamespace(cluster);
    const before = await objects();
    await helm(["install", ...release, ...values, ...wait]);
    const first = await manifestOf();

    // The same once more: nothing changes, and so nothing rolls.
    const pods = async () =>
      (await get("pods", inNamespace)).map(({ metadata }) => metadata.name).toSorted();
    const running = await pods();
    await helm(["upgrade", ...release, ...values, ...wait]);
    expect(await manifestOf()).toBe(first);
    expect(await pods()).toEqual(running);
    const diff = await tryKubectl(["diff", inNamespace, "--filename=-"], first);
    expect(diff).toMatchObject({ stdout: "", code: 0 });

    const more = ["--set=config.LOG_LEVEL=DEBUG", "--set=worker.replicas=3"];
    await helm(["upgrade", ...release, ...values, ...more, ...wait]);
    expect((await pods()).filter((name) => /worker/.test(name)).length).toBe(3);
    expect(
      (await pods()).filter((name) => running.includes(name) && /web|worker/.test(name)),
    ).toEqual([]);

    await helm(["rollback", "chatbot", "1", inNamespace, ...wait]);
    expect(await manifestOf()).toBe(first);
    expect((await tryKubectl(["diff", inNamespace, "--filename=-"], first)).stdout).toBe("");

    await helm(["uninstall", "chatbot", inNamespace, ...wait]);
    const left = async () => (await objects()).filter((name) => !before.includes(name));
    await expect
      .poll(left, { timeout: 60_000 })
      .toEqual(["persistentvolumeclaim/data-chatbot-redis-0"]);
  },
);

test("two releases stand side by side in one namespace", async () => {
  await openNamespace(cluster);
  for (const name of ["one", "two"]) {
    await helm([
      "install",
      name,
      "charts/chatbot",
      inNamespace,
      "--set=redis.existingSecret=chatbot-redis",
      ...wait,
    ]);
    onTestFinished(async () => void (await helm(["uninstall", name, inNamespace, ...wait])));
  }
  for (const name of ["one", "two"]) {
    const [service] = await get(
      "endpointslices",
      inNamespace,
      `--selector=kubernetes.io/service-name=${name}-chatbot-web`,
    );
    const targets = service.endpoints.map(
      (one: { targetRef: { name: string } }) => one.targetRef.name,
    );
    expect(targets.length).toBe(2);
    expect(targets.every((target: string) => target.startsWith(`${name}-`))).toBe(true);
  }
});

test("a namespace with a quota and limits takes the production values", async () => {
  await openNamespace(cluster);
  const quota = {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "quota", namespace: "chatbot" },
    spec: {
      hard: {
        "requests.cpu": "12",
        "limits.cpu": "40",
        "requests.memory": "40Gi",
        "limits.memory": "40Gi",
        "requests.ephemeral-storage": "10Gi",
        "limits.ephemeral-storage": "20Gi",
        "requests.nvidia.com/gpu": "1",
        pods: "20",
      },
    },
  };
  const limits = {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "limits", namespace: "chatbot" },
    spec: { limits: [{ type: "Container", max: { cpu: "8", memory: "32Gi" } }] },
  };
  const list = { apiVersion: "v1", kind: "List", items: [quota, limits] };
  await kubectl(["apply", "--filename=-"], JSON.stringify(list));
  await helm(["install", ...release, "--values=charts/chatbot/ci/production-values.yaml", ...wait]);
  const [{ status }] = await get("resourcequotas", inNamespace);
  expect(status.used["requests.nvidia.com/gpu"]).toBe("1");
});
