import { beforeAll, expect, inject, test } from "vitest";
import { everyText } from "../builds.ts";
import { openCluster } from "../cluster/kubectl.ts";

const { kubectl, tryKubectl } = openCluster(inject("kubeconfig"));

// Whatever a value set names must be there, or admission has its own reasons to refuse a pod.
const NAMED = [
  {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "high" },
    value: 1,
  },
  {
    apiVersion: "node.k8s.io/v1",
    kind: "RuntimeClass",
    metadata: { name: "nvidia" },
    handler: "x",
  },
];

beforeAll(async () => {
  await kubectl(["apply", "--filename=manifests/namespace.yaml"]);
  const list = { apiVersion: "v1", kind: "List", items: NAMED };
  await kubectl(["apply", "--filename=-"], JSON.stringify(list));
  return async () => {
    await kubectl(["delete", "--filename=-"], JSON.stringify(list));
    await kubectl(["delete", "namespace", "chatbot", "--timeout=120s"]);
  };
});

const asked = (text: string) =>
  tryKubectl(
    [
      ...["apply", "--server-side", "--dry-run=server", "--validate=strict"],
      ...["--namespace=chatbot", "--filename=-"],
    ],
    text,
  );

// Strict: unknown and repeated fields are errors. A warning may be the restricted level's, or of what is deprecated.
test.each(everyText())(
  "the API server takes %s whole, and warns of nothing",
  async (_name, text) => {
    const { stdout, stderr, code } = await asked(text);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/serverside-applied/);
  },
);

test.each([
  ["a container as root", "runAsNonRoot: true", "runAsNonRoot: false", /would violate PodSecurity/],
  ["an unknown field", "revisionHistoryLimit: 5", "revisionLimit: 5", /revisionLimit/],
  ["a rule of a CRD in CEL", "request: 0s", "request: 1s\n      backendRequest: 2s", /timeout/i],
])("the API server complains of %s", async (_what, right, wrong, complaint) => {
  const [, text = ""] = everyText().find(([name]) => name.endsWith("/production")) ?? [];
  expect(text).toContain(right);
  expect((await asked(text.replace(right, wrong))).stderr).toMatch(complaint);
});
