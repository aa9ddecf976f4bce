import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { PROJECT, readText } from "./tools.ts";

const COMPONENT = "manifests/components/monitoring";
const rule = parse(readText(`${COMPONENT}/prometheus-rule.yaml`));
const dashboard = JSON.parse(readText(`${COMPONENT}/dashboard.json`));

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook_url", string>>;
}
const alerts: readonly Alert[] = rule.spec.groups.flatMap(({ rules }: { rules: Alert[] }) => rules);
const queries: readonly string[] = dashboard.panels.flatMap(
  ({ targets = [] }: { targets?: { expr: string }[] }) => targets.map(({ expr }) => expr),
);

/** What others tell: kube-state-metrics, the kubelet, oauth2-proxy, TGI. */
const OTHERS = new Set([
  "container_cpu_usage_seconds_total",
  "container_memory_working_set_bytes",
  "kube_deployment_status_replicas_available",
  "kube_pod_container_resource_limits",
  "kube_pod_container_status_restarts_total",
  "kube_statefulset_status_replicas_ready",
  "kubelet_volume_stats_available_bytes",
  "kubelet_volume_stats_capacity_bytes",
  "kubelet_volume_stats_used_bytes",
  "oauth2_proxy_requests_total",
  "tgi_batch_current_size",
  "tgi_queue_size",
  "tgi_request_failure",
]);

/** What the app tells: prom-client's own figures, and what src names. */
async function appMetrics(): Promise<Set<string>> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  for (const path of readdirSync(join(PROJECT, "src"), { recursive: true }).map(String)) {
    if (!path.endsWith(".ts") || path.endsWith(".test.ts")) continue;
    const source = readFileSync(join(PROJECT, "src", path), "utf8");
    if (!source.includes('from "prom-client"')) continue;
    for (const [, name = ""] of source.matchAll(/name: "(chatbot_\w+)"/g)) names.push(name);
  }
  return new Set(names.flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]));
}

test("dashboard and alerts ask for figures that exist", async () => {
  const known = await appMetrics();
  const asked = [...queries, ...alerts.map(({ expr }) => expr)].flatMap(
    (expr) =>
      expr.match(
        /\b(chatbot|nodejs|process|kube|kubelet|container|tgi|vllm|oauth2_proxy|redis)_\w+/g,
      ) ?? [],
  );
  expect(asked.length).toBeGreaterThan(30);
  expect([...new Set(asked)].filter((name) => !known.has(name) && !OTHERS.has(name))).toEqual([]);
});

test("no panel and no alert is without a query, and each panel has a name of its own", () => {
  const panels = dashboard.panels.filter(({ type }: { type: string }) => type !== "row");
  const ids = dashboard.panels.map(({ id }: { id: number }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { targets, title } of panels) expect(targets.length, title).toBeGreaterThan(0);
  for (const { expr, alert } of alerts) expect(expr, alert).toMatch(/\S/);
});

test("every alert says what is wrong and why, and leads to its part of the runbook", () => {
  const runbook = readText("docs/runbook.md");
  const anchors = [...runbook.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
  for (const { alert, labels, annotations } of alerts) {
    expect(labels.severity, alert).toMatch(/^(critical|warning)$/);
    expect(annotations.summary, alert).toMatch(/\.$/);
    expect(annotations.description, alert).toMatch(/\.$/);
    const [file, anchor] = annotations.runbook_url.split("#");
    expect(file, alert).toBe("docs/runbook.md");
    expect(anchors, alert).toContain(anchor);
  }
});

test("the reasons that alerts know are those for which the app refuses", () => {
  const source = readText("src/domain/identity.ts");
  const reasons = [
    ...(/^const REFUSALS = \{([\s\S]*?)^\}/m.exec(source)?.[1]?.matchAll(/^ {2}(\w+):/gm) ?? []),
  ];
  const known = reasons.map(([, reason]) => reason);
  const asked = alerts.flatMap(
    ({ expr }) => /reason=~"([\w|]+)"/.exec(expr)?.[1]?.split("|") ?? [],
  );
  expect(asked.filter((reason) => !known.includes(reason))).toEqual([]);
});

/** Of each pair, the first is the original; Helm and Kustomize read nothing outside of their own folders. */
test.each([
  ["base/redis/redis.conf", "redis.conf"],
  ["base/redis/start.sh", "start.sh"],
  ["components/edge-nginx/nginx.conf", "nginx.conf"],
  ["components/edge-nginx/app.inc", "app.inc"],
  ["components/edge-nginx/oauth2-proxy.inc", "oauth2-proxy.inc"],
  ["components/oauth2-proxy/alpha.yaml", "alpha.yaml"],
  ["components/oauth2-proxy/oauth2-proxy.cfg", "oauth2-proxy.cfg"],
  ["components/ext-authz/oauth2-proxy.cfg", "ext-authz.cfg"],
  ["components/monitoring/dashboard.json", "dashboard.json"],
])("the chart's copy of %s is one", (original, copy) => {
  expect(readText(`charts/chatbot/files/${copy}`)).toBe(readText(`manifests/${original}`));
});

test("the chart's copy of the alerts is one", () => {
  expect(parse(readText("charts/chatbot/files/rules.yaml"))).toEqual(rule.spec);
});
