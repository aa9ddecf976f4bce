import { expect, inject, test } from "vitest";
import { openCluster } from "../cluster/kubectl.ts";
import { openNamespace } from "../cluster/namespace.ts";

const cluster = openCluster(inject("kubeconfig"));
const { kubectl, tryKubectl, get } = cluster;
const inNamespace = "--namespace=chatbot";

test("no account of ours may do more than every account of a cluster may", async () => {
  await openNamespace(cluster);
  await kubectl(["apply", "--kustomize", "manifests/overlays/production"]);
  await kubectl(["create", "serviceaccount", "nobody", inNamespace]);
  const rights = (name: string) =>
    kubectl([
      ...["auth", "can-i", "--list", inNamespace, "--no-headers"],
      `--as=system:serviceaccount:chatbot:${name}`,
      ...["--as-group=system:serviceaccounts", "--as-group=system:authenticated"],
    ]);
  const least = await rights("nobody");
  // Questions about itself, and which versions the API has.
  const resources = least
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith(" "))
    .map((line) => line.split(/\s+/)[0]);
  expect(resources.toSorted()).toEqual([
    "selfsubjectaccessreviews.authorization.k8s.io",
    "selfsubjectreviews.authentication.k8s.io",
    "selfsubjectrulesreviews.authorization.k8s.io",
  ]);
  const accounts = (await get("serviceaccounts", inNamespace))
    .map(({ metadata }) => metadata.name as string)
    .filter((name) => name.startsWith("chatbot-"));
  expect(accounts).toEqual(
    expect.arrayContaining(["chatbot-web", "chatbot-worker", "chatbot-redis"]),
  );
  for (const account of accounts) expect(await rights(account), account).toBe(least);
});

test("pods have no way to prove to the API server who they are", async () => {
  await openNamespace(cluster);
  await kubectl(["apply", "--kustomize", "manifests/overlays/production"]);
  await kubectl(["rollout", "status", "deployment/chatbot-worker", inNamespace, "--timeout=60s"]);
  for (const { metadata, spec } of await get("pods", inNamespace)) {
    const volumes = JSON.stringify(spec.volumes ?? []);
    expect(volumes, metadata.name).not.toContain("serviceAccountToken");
  }
});

test("the namespace lets in no pod that asks for more than the restricted level has", async () => {
  await openNamespace(cluster);
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "root", namespace: "chatbot" },
    spec: { containers: [{ name: "root", image: "example.com/root:1" }] },
  };
  const { code, stderr } = await tryKubectl(["create", "--filename=-"], JSON.stringify(pod));
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/violates PodSecurity "restricted/);
});
