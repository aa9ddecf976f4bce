import { expect, test } from "vitest";
import { everyManifest, podsOf } from "./builds.ts";

// The `restricted` level of the Pod Security Standards, and what this project asks for beyond it. The API
// server's own admission is asked on a real control plane; here no file can get past unread.

const pods = everyManifest().flatMap(([name, manifests]) =>
  podsOf(manifests).map((pod) => [`${pod.owner} of ${name}`, pod] as const),
);

// biome-ignore lint/suspicious/noExplicitAny: checked against its schema.
type Any = any;
const containersOf = (spec: Any): Any[] => [...(spec.initContainers ?? []), ...spec.containers];

/** Volumes that `restricted` allows. */
const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

test.each(pods)("%s obeys the restricted level", (_name, { spec, metadata }) => {
  for (const key of ["hostNetwork", "hostPID", "hostIPC", "hostUsers"])
    expect(spec[key]).toBeUndefined();
  expect(spec.securityContext?.sysctls).toBeUndefined();
  expect(Object.keys(metadata.annotations ?? {}).join()).not.toMatch(/apparmor|seccomp/);
  for (const volume of spec.volumes ?? []) {
    expect(VOLUMES).toContain(Object.keys(volume).find((key) => key !== "name"));
  }
  for (const container of containersOf(spec)) {
    const own = container.securityContext ?? {};
    const of = (key: string) => own[key] ?? spec.securityContext?.[key];
    expect(own.privileged ?? false).toBe(false);
    expect(own.allowPrivilegeEscalation).toBe(false);
    expect(own.capabilities).toEqual({ drop: ["ALL"] });
    expect(own.procMount).toBeUndefined();
    expect(of("runAsNonRoot")).toBe(true);
    expect(of("runAsUser")).toBeGreaterThan(0);
    expect(of("seccompProfile")).toEqual({ type: "RuntimeDefault" });
    for (const { hostPort } of container.ports ?? []) expect(hostPort).toBeUndefined();
  }
});

test.each(pods)("%s has a read-only root, and bounded room to write", (_name, { spec }) => {
  for (const container of containersOf(spec)) {
    expect(container.securityContext.readOnlyRootFilesystem).toBe(true);
  }
  for (const { emptyDir } of spec.volumes ?? [])
    if (emptyDir) expect(emptyDir.sizeLimit).toBeDefined();
});

test.each(pods)("%s speaks to no API server, but where it looks for models", (name, pod) => {
  const { spec, manifest } = pod;
  const looks = /chatbot-(web|worker) of .*model-discovery/.test(name);
  expect(spec.automountServiceAccountToken).toBe(looks);
  if (manifest.kind !== "Pod") expect(spec.serviceAccountName).toMatch(/./);
});

test.each(pods)(
  "%s asks for what it may use, and no more memory than that",
  (_name, { spec, manifest }) => {
    const kinds = [
      "cpu",
      "memory",
      ...(manifest.apiVersion.includes("knative") ? [] : ["ephemeral-storage"]),
    ];
    for (const { resources } of containersOf(spec)) {
      for (const kind of kinds) {
        expect(resources.requests[kind]).toBeDefined();
        expect(resources.limits[kind]).toBeDefined();
      }
      expect(resources.limits.memory).toBe(resources.requests.memory);
    }
  },
);

const servers = pods.filter(([, { manifest }]) => !/^(Pod|Job|CronJob)$/.test(manifest.kind));

test.each(servers)("%s is watched, and has time to end", (_name, { spec, manifest }) => {
  for (const container of spec.containers) {
    expect(container.livenessProbe).toBeDefined();
    expect(container.readinessProbe).toBeDefined();
  }
  if (manifest.apiVersion.includes("knative")) return;
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(45);
});

test("the app's liveness asks nothing but the process, its readiness the store too", () => {
  for (const [, { spec }] of servers) {
    const app = spec.containers.find(({ name }: Any) => name === "chatbot");
    if (app === undefined) continue;
    expect(JSON.stringify(app.livenessProbe)).toContain("/livez");
    expect(JSON.stringify(app.readinessProbe)).toContain("/readyz");
  }
});

test("the app's pods have longer to end than preStop and draining take together", () => {
  for (const [name, manifests] of everyManifest()) {
    const config = manifests.find(
      ({ kind, metadata }) => kind === "ConfigMap" && /-config(-|$)/.test(metadata.name),
    );
    const drainSeconds = Number(config?.data.SHUTDOWN_TIMEOUT_MS) / 1000;
    for (const { owner, spec, manifest } of podsOf(manifests)) {
      const [app] = spec.containers;
      if (app.name !== "chatbot" || manifest.kind !== "Deployment") continue;
      const preStop = app.lifecycle?.preStop?.sleep?.seconds ?? 0;
      expect(spec.terminationGracePeriodSeconds, `${owner} of ${name}`).toBeGreaterThan(
        preStop + drainSeconds,
      );
      if (/web/.test(owner)) expect(preStop).toBeGreaterThanOrEqual(5);
    }
  }
});

test("more than one replica means a budget and a spread, one replica means neither", () => {
  for (const [name, manifests] of everyManifest()) {
    const budgets = manifests.filter(({ kind }) => kind === "PodDisruptionBudget");
    const component = ({ spec }: Any) => spec.selector.matchLabels["app.kubernetes.io/component"];
    for (const deployment of manifests.filter(({ kind }) => kind === "Deployment")) {
      const { replicas = 2, template } = deployment.spec;
      const budget = budgets.find((candidate) => component(candidate) === component(deployment));
      const model = component(deployment) === "model-server";
      const what = `${deployment.metadata.name} of ${name}`;
      expect(budget !== undefined, what).toBe(replicas > 1 && !model);
      if (replicas > 1 && !model) {
        expect(template.spec.topologySpreadConstraints, what).not.toEqual([]);
        expect(budget?.spec).toMatchObject({
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
        expect(deployment.spec.strategy.rollingUpdate, what).toEqual({
          maxSurge: 1,
          maxUnavailable: 0,
        });
      }
    }
  }
});

test("every selector finds the pods that are meant, and every Service and policy has some", () => {
  for (const [name, manifests] of everyManifest()) {
    const all = podsOf(manifests);
    const matches = (labels: Any, { metadata }: Any) =>
      Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
    for (const manifest of manifests) {
      const selector =
        manifest.kind === "Service" ? manifest.spec.selector : manifest.spec?.selector?.matchLabels;
      if (
        selector === undefined ||
        manifest.kind === "PodMonitor" ||
        /istio/.test(manifest.apiVersion)
      )
        continue;
      expect(
        all.filter((pod) => matches(selector, pod)).length,
        `${manifest.kind} ${manifest.metadata.name} of ${name}`,
      ).toBe(1);
    }
  }
});
