import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { parseAllDocuments } from "yaml";
import * as z from "zod";

const Tools = z.object({
  folder: z.string(),
  programs: z.object({
    kustomize: z.string(),
    helm: z.string(),
    kubeconform: z.string(),
    "oauth2-proxy": z.string(),
    kwok: z.string(),
    etcd: z.string(),
    "kube-apiserver": z.string(),
    "kube-controller-manager": z.string(),
    "kube-scheduler": z.string(),
    kubectl: z.string(),
    kubelet: z.string(),
    "kube-proxy": z.string(),
    coredns: z.string(),
  }),
  descriptions: z.object({
    kwok: z.string(),
    kubernetes: z.string(),
    gatewayApi: z.string(),
    istio: z.string(),
    keda: z.string(),
    prometheusOperator: z.string(),
    knative: z.string(),
    compose: z.string(),
  }),
});

/** What `scripts/test-platform.mjs` built and downloaded. */
export function readTools(): z.infer<typeof Tools> {
  const given = process.env.PLATFORM_TOOLS;
  if (given === undefined) throw new Error("Start these tests with `npm run test:platform`.");
  return Tools.parse(JSON.parse(given));
}

/** Files of the CRDs that something shipped is of: Gateway API, Istio, KEDA, Prometheus operator, Knative. */
export function crdFiles(): string[] {
  const { descriptions } = readTools();
  return [
    join(descriptions.gatewayApi, "config/crd/standard"),
    join(descriptions.istio, "kubernetes/customresourcedefinitions.gen.yaml"),
    join(descriptions.keda, "config/crd/bases"),
    join(descriptions.prometheusOperator, "example/prometheus-operator-crd"),
    join(descriptions.knative, "config/core/300-resources"),
  ].flatMap((path) => {
    if (path.endsWith(".yaml")) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(".yaml"));
    return names.map((name) => join(path, name));
  });
}

/** A program of `readTools`. */
export type Program = keyof z.infer<typeof Tools>["programs"];

/** Where a stage keeps what its programs write. Who started it removes it once its mounts are gone. */
export function workFolder(): string {
  const folder = process.env.PLATFORM_WORK;
  if (folder === undefined) throw new Error("Start these tests with `npm run test:platform`.");
  return folder;
}

/** The project's folder. */
export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** A file of the project, as text. */
export const readText = (path: string): string => readFileSync(join(PROJECT, path), "utf8");

/** Runs a program in the project's folder and returns what it prints. @throws Error with the end of its complaint. */
export function run(
  program: Program,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): string {
  try {
    return execFileSync(readTools().programs[program], args, {
      cwd: PROJECT,
      input: options.input ?? "",
      env: { ...process.env, ...options.env },
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["pipe", "pipe", "pipe"],
    });
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    // Kustomize prints its whole configuration before it says what is wrong.
    throw new Error(`${program} ${args.join(" ")}: ${(stderr || stdout).slice(-2_000)}`);
  }
}

/** An object of Kubernetes; what is in it, its schema has checked. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    /** How often it was changed, as the API server counts. */
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: seventy kinds, and kubeconform knows them all.
  readonly [field: string]: any;
}

/** The objects in a text of YAML documents. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { merge: true })
    .map((document) => {
      const [problem] = document.errors;
      if (problem !== undefined) throw problem;
      return document.toJS() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

/** A folder of the running test, removed after it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "chatbot-platform-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
