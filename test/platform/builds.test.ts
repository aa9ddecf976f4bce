import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BUILDS, build, everyText, KUBERNETES, render, VALUE_SETS } from "./builds.ts";
import { needSchemas } from "./schemas.ts";
import { PROJECT, parseManifests, readText, run } from "./tools.ts";

test.each(BUILDS)("Kustomize builds %s", (folder) => {
  expect(parseManifests(build(folder)).length).toBeGreaterThan(8);
});

describe.each(KUBERNETES)("for Kubernetes %s", (version) => {
  test.each(VALUE_SETS)("Helm renders %s", (values) => {
    expect(parseManifests(render(values ?? "", version)).length).toBeGreaterThan(8);
  });
});

/** What kubeconform has to say against a text; it fails where that is not nothing. */
function complaints(text: string): string {
  try {
    run("kubeconform", ["-strict", `-schema-location=${needSchemas()}`, "-"], { input: text });
    return "";
  } catch (error) {
    return String(error);
  }
}

test.each(everyText())("%s is what the API's strict schemas take", (_name, text) => {
  expect(complaints(text)).toBe("");
});

test.each([
  [
    "a field of Kubernetes",
    "manifests/base",
    "terminationGracePeriodSeconds",
    "terminationGraceSeconds",
  ],
  ["a field of a CRD", "manifests/overlays/production", "parentRefs", "parents"],
  ["a type", "manifests/base", "replicas: 2", "replicas: two"],
])("the strict schemas refuse %s that is wrong", (_what, folder, right, wrong) => {
  expect(complaints(build(folder))).toBe("");
  expect(complaints(build(folder).replace(right, wrong))).not.toBe("");
});

test("every component is in an overlay or a test's build", () => {
  const components = readdirSync(join(PROJECT, "manifests/components"), { recursive: true })
    .map(String)
    .filter((path) => path.endsWith("kustomization.yaml"))
    .map((path) => path.replace("/kustomization.yaml", ""));
  const used = BUILDS.flatMap((folder) => [
    ...readText(`${folder}/kustomization.yaml`).matchAll(/components\/([\w/-]+)$/gm),
  ]).map(([, component]) => component);
  expect(components.filter((component) => !used.includes(component))).toEqual([]);
});

test("every component and overlay is explained", () => {
  const readme = readText("manifests/README.md");
  const folders = ["components", "overlays"].flatMap((part) =>
    readdirSync(join(PROJECT, "manifests", part)),
  );
  expect(folders.filter((name) => !readme.includes(`| \`${name}\``))).toEqual([]);
});

test.each(everyText())(
  "in %s no two objects have one name, and all are in one namespace",
  (_name, text) => {
    const manifests = parseManifests(text);
    const names = manifests.map(
      ({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`,
    );
    expect(names).toEqual([...new Set(names)]);
    expect(new Set(manifests.map(({ metadata }) => metadata.namespace)).size).toBe(1);
  },
);
