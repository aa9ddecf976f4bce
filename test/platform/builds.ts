import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, PROJECT, parseManifests, run } from "./tools.ts";

const folders = (path: string): string[] =>
  readdirSync(join(PROJECT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${path}/${name}`);

/** Folders that Kustomize builds: what is shipped, and what tests put together of components. */
export const BUILDS: readonly string[] = [
  "manifests/base",
  ...folders("manifests/overlays"),
  ...folders("test/platform/builds"),
];

/** The chart's value sets, and none. */
export const VALUE_SETS: readonly (string | undefined)[] = [
  undefined,
  ...readdirSync(join(PROJECT, "charts/chatbot/ci")).map((name) => `charts/chatbot/ci/${name}`),
];

/** The oldest Kubernetes that the chart takes, and the newest that is known. */
export const KUBERNETES: readonly string[] = ["1.30.0", "1.36.3"];

/** What Kustomize makes of a folder. */
export const build = cached((folder: string) => run("kustomize", ["build", folder]));

/** What Helm makes of a value set. */
export const render = cached((values: string, version = "1.36.3") =>
  run("helm", [
    "template",
    "chatbot",
    "charts/chatbot",
    "--namespace=chatbot",
    `--kube-version=${version}`,
    ...(values === "" ? [] : [`--values=${values}`]),
  ]),
);

/** Every text that is shipped or put together, by a name to call it. */
export function everyText(): readonly (readonly [string, string])[] {
  return [
    ...BUILDS.map((folder) => [folder, build(folder)] as const),
    ...VALUE_SETS.map(
      (values) => [values ?? "the chart's defaults", render(values ?? "")] as const,
    ),
  ];
}

/** The objects of every text, by its name. */
export function everyManifest(): readonly (readonly [string, readonly Manifest[]])[] {
  return everyText().map(([name, text]) => [name, parseManifests(text)] as const);
}

/** Pods' templates, with the kind and name of what makes them. */
export function podsOf(manifests: readonly Manifest[]) {
  return manifests.flatMap((manifest) => {
    const owner = `${manifest.kind} ${manifest.metadata.name}`;
    if (manifest.kind === "Pod")
      return [{ owner, manifest, metadata: manifest.metadata, spec: manifest.spec }];
    const template = manifest.spec?.jobTemplate?.spec.template ?? manifest.spec?.template;
    if (template?.spec?.containers === undefined) return [];
    return [{ owner, manifest, metadata: template.metadata, spec: template.spec }];
  });
}

function cached<Args extends string[]>(make: (...args: Args) => string) {
  const made = new Map<string, string>();
  return (...args: Args): string => {
    const key = args.join("\n");
    const text = made.get(key) ?? make(...args);
    made.set(key, text);
    return text;
  };
}
