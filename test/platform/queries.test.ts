import { parser } from "@prometheus-io/lezer-promql";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createHttpMetrics } from "../../src/api/http-metrics.ts";
import { createModelMetrics } from "../../src/telemetry/model-metrics.ts";
import { createSocketMetrics } from "../../src/telemetry/socket-metrics.ts";
import { createStoreMetrics } from "../../src/telemetry/store-metrics.ts";
import { createTurnMetrics } from "../../src/telemetry/turn-metrics.ts";
import { readText } from "./tools.ts";

const COMPONENT = "manifests/components/monitoring";
const rule = parse(readText(`${COMPONENT}/prometheus-rule.yaml`));
const dashboard = JSON.parse(readText(`${COMPONENT}/dashboard.json`));

interface Query {
  readonly where: string;
  readonly expr: string;
}
const queries: readonly Query[] = [
  ...rule.spec.groups.flatMap(({ rules }: { rules: { alert: string; expr: string }[] }) =>
    rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ),
  ...dashboard.panels.flatMap(
    ({ title, targets = [] }: { title: string; targets?: { expr: string }[] }) =>
      // What Grafana puts in.
      targets.map(({ expr }) => ({ where: title, expr: expr.replaceAll(/\$__\w+/g, "5m") })),
  ),
];

/** What Prometheus adds to each figure, and what a histogram's buckets have. */
const ADDED = ["namespace", "pod", "le"];

/** The labels of each figure of the app that the given registry holds. */
function labelsByName(): ReadonlyMap<string, readonly string[]> {
  const registry = new Registry();
  createHttpMetrics(registry);
  createModelMetrics(registry).watch(() => []);
  createSocketMetrics(registry).watch({ counts: () => ({ watched: 0, subscriptions: 0 }) });
  createStoreMetrics(registry).watch({
    connected: () => true,
    readBacklog: async () => ({ queued: 0, leased: 0, oldestMs: 0 }),
  });
  createTurnMetrics(registry).watch({ running: () => 0, slots: () => 0 });
  return new Map(
    registry.getMetricsAsArray().flatMap((metric) => {
      const labels: string[] = Reflect.get(metric, "labelNames");
      return ["", "_bucket", "_sum", "_count"].map((end) => [`${metric.name}${end}`, labels]);
    }),
  );
}

test("every query is one that Prometheus takes", () => {
  expect(queries.length).toBeGreaterThan(60);
  const broken = queries.filter(({ expr }) => {
    let error = false;
    parser.parse(expr).iterate({
      enter({ type }) {
        error ||= type.isError;
      },
    });
    return error;
  });
  expect(broken).toEqual([]);
});

test("every query asks for labels that the figures have", () => {
  const known = labelsByName();
  const wrong = queries.flatMap(({ where, expr }) => {
    const named: { readonly label: string; readonly names: readonly string[] }[] = [];
    parser.parse(expr).iterate({
      enter({ name, from, to, node }) {
        if (name !== "LabelName") return;
        // A selector's own labels, and those by which the aggregation around it groups.
        const scope = node.parent?.parent?.parent;
        if (scope?.name !== "VectorSelector" && scope?.name !== "AggregateExpr") return;
        const names = expr.slice(scope.from, scope.to).match(/\bchatbot_\w+/g) ?? [];
        named.push({ label: expr.slice(from, to), names });
      },
    });
    return named.flatMap(({ label, names }) =>
      names
        .filter((name) => {
          const labels = known.get(name);
          return labels !== undefined && ![...labels, ...ADDED].includes(label);
        })
        .map((name) => `${where}: ${name} has no ${label}`),
    );
  });
  expect(wrong).toEqual([]);
});
