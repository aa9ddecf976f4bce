import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { build, render, VALUE_SETS } from "./builds.ts";
import { normalise } from "./equal.ts";
import { parseManifests, readText, run, temporaryFolder } from "./tools.ts";

const OVERLAYS = "manifests/overlays";
const TESTS = "test/platform/builds";

test("Helm's defaults are Kustomize's base", () => {
  const helm = normalise(parseManifests(render("")));
  expect(helm).toEqual(normalise(parseManifests(build("manifests/base"))));
});

test.each([
  ["vanilla", OVERLAYS],
  ["production", OVERLAYS],
  ["istio", OVERLAYS],
  ["nginx-edge", TESTS],
  ["doctor", TESTS],
  ["keda", TESTS],
  ["vllm", TESTS],
  ["external-redis", TESTS],
  ["model-discovery", TESTS],
])("the value set %s is what Kustomize builds under that name", (name, folder) => {
  const helm = normalise(parseManifests(render(`charts/chatbot/ci/${name}-values.yaml`)));
  expect(helm).toEqual(normalise(parseManifests(build(`${folder}/${name}`))));
});

test.each(VALUE_SETS)("helm lint has no warning for %s", (values) => {
  const args = ["lint", "--strict", "charts/chatbot", "--kube-version=1.36.3"];
  const said = run("helm", values === undefined ? args : [...args, `--values=${values}`]);
  expect(said).not.toMatch(/WARNING|ERROR/);
});

test("two renderings of the same values are the same", () => {
  const args = [
    "template",
    "chatbot",
    "charts/chatbot",
    "--kube-version=1.36.3",
    "--namespace=chatbot",
  ];
  const values = "--values=charts/chatbot/ci/everything-values.yaml";
  expect(run("helm", [...args, values])).toBe(run("helm", [...args, values]));
});

test.each([
  ["an unknown name", "web:\n  replica: 3\n", /replica/],
  ["an unknown variable", "config:\n  LOGLEVEL: info\n", /LOGLEVEL/],
  ["a value out of range", "config:\n  LEASE_MS: 5\n", /LEASE_MS/],
  ["the tag latest", "image:\n  tag: latest\n", /tag/],
  ["a branch for a model's revision", "modelServer:\n  revision: main\n", /revision/],
  ["a password", "redis:\n  password: secret\n", /password/],
  ["an Ingress without a sign-in", "ingress:\n  enabled: true\n", /sign/],
  ["an edge that nobody judges for", "edge:\n  enabled: true\n", /oauth2Proxy/],
  [
    "a sign-in that has no address",
    "oauth2Proxy:\n  enabled: true\n  issuerUrl: https://issuer.example.com\n",
    /PUBLIC_ORIGIN/,
  ],
  ["AUTH_MODE dev", "config:\n  AUTH_MODE: dev\n", /AUTH_MODE/],
])("the chart refuses %s", (_what, values, complaint) => {
  const file = join(temporaryFolder(), "values.yaml");
  writeFileSync(file, values);
  const args = [
    "template",
    "chatbot",
    "charts/chatbot",
    "--kube-version=1.36.3",
    `--values=${file}`,
  ];
  expect(() => run("helm", args)).toThrow(complaint);
});

test("the name of the release goes before every object, and changes nothing else", () => {
  const args = ["template", "mine", "charts/chatbot", "--kube-version=1.36.3"];
  const values = "--values=charts/chatbot/ci/production-values.yaml";
  const text = run("helm", [...args, values]);
  const names = parseManifests(text).map(({ metadata }) => metadata.name);
  expect(names.filter((name) => !name.startsWith("mine-chatbot"))).toEqual([]);
  // Alerts come in groups that have a name of their own.
  const left = text.match(
    /(?<![\w.-])(?<!- name: )chatbot-(?:web|worker|redis|oauth2-proxy|model)\b.*/g,
  );
  expect(left ?? []).toEqual([]);
});

test("templates make nothing up: no random value, no look at the cluster, no time", () => {
  const args = ["show", "all", "charts/chatbot"];
  expect(run("helm", args)).not.toBe("");
  const templates = VALUE_SETS.map((values) => render(values ?? "")).join("");
  expect(templates).not.toBe("");
  for (const path of [
    "_helpers.tpl",
    "_config.tpl",
    "redis.yaml",
    "oauth2-proxy.yaml",
    "NOTES.txt",
  ]) {
    expect(readText(`charts/chatbot/templates/${path}`)).not.toMatch(
      /\b(rand[A-Z]\w+|genCA|genSelfSignedCert|genPrivateKey|uuidv4|lookup|now|htpasswd|bcrypt)\b/,
    );
  }
});
