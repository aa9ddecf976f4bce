import { expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig, VARIABLES } from "../../src/config.ts";
import { ModelsConfig } from "../../src/inference/models-config.ts";
import { build, everyManifest, podsOf, render } from "./builds.ts";
import { environmentOf } from "./environment.ts";
import { parseManifests, readText } from "./tools.ts";

/** What the manifests set in each pod themselves. */
const IN_PODS = [
  ...["ROLE", "PORT", "ADMIN_PORT"],
  ...["REDIS_OM_URL", "REDIS_PASSWORD_FILE", "LOG_USER_HASH_KEY"],
];
/** What differs in a cluster from a process started by hand, and why. */
const DIFFERENT = {
  HOST: "probes and proxies come from outside of the pod",
  MODELS: "there is no model server yet",
  SHUTDOWN_TIMEOUT_MS: "nobody waits at a terminal: requests may end",
};

const configEnv = Object.fromEntries(
  [...readText("manifests/base/config.env").matchAll(/^([A-Z_]+)=(.*)$/gm)].map(
    ([, name, value]) => [name ?? "", value ?? ""],
  ),
);
const values = parse(readText("charts/chatbot/values.yaml"), { merge: true });
const schema = JSON.parse(readText("charts/chatbot/values.schema.json"));
const expected = VARIABLES.filter((name) => !IN_PODS.includes(name));

// test/readme.test.ts holds the README's table to the same schema.
test("config.env has every variable of the schema, in no other spelling", () => {
  expect(Object.keys(configEnv).toSorted()).toEqual(expected.toSorted());
});

test("values.yaml and its schema have the same variables as config.env", () => {
  expect(Object.keys(values.config).toSorted()).toEqual(expected.toSorted());
  expect(Object.keys(schema.properties.config.properties).toSorted()).toEqual(expected.toSorted());
});

test("values.yaml has the values of config.env", () => {
  const asText = Object.entries(values.config).map(([name, value]) => [name, String(value)]);
  expect(Object.fromEntries(asText)).toEqual(configEnv);
});

test("config.env differs from the defaults only where a cluster does", () => {
  const changed = Object.entries(configEnv).filter(
    ([name, value]) =>
      JSON.stringify(readConfig({ [name]: value })) !== JSON.stringify(readConfig({})),
  );
  expect(changed.map(([name]) => name).toSorted()).toEqual(Object.keys(DIFFERENT).toSorted());
});

test.each(everyManifest())(
  "the app starts with what %s gives it, in every role",
  (_name, manifests) => {
    const apps = podsOf(manifests).filter(({ spec }) => spec.containers[0].name === "chatbot");
    const roles = apps.map(({ spec, manifest }) => {
      const environment = environmentOf(manifests, spec);
      // Knative sets it from the container's port.
      const port = manifest.apiVersion.includes("knative") ? { PORT: "8000" } : {};
      const config = readConfig({ ...environment, ...port });
      if (config.models !== undefined) ModelsConfig.parse(config.models);
      expect(config.port).toBe(8000);
      return config.role;
    });
    expect(roles.toSorted()).toEqual(["web", "worker"]);
  },
);

test("a change of the configuration rolls the pods, with both tools", () => {
  const names = (text: string) => /name: (chatbot-config-\w+)/.exec(text)?.[1];
  expect(names(build("manifests/base"))).not.toBe(names(build("manifests/overlays/vanilla")));
  const sum = (text: string) => /checksum\/config: (\w+)/.exec(text)?.[1];
  expect(sum(render(""))).toMatch(/\w{64}/);
  expect(sum(render(""))).not.toBe(sum(render("charts/chatbot/ci/vanilla-values.yaml")));
});

test("a model server in the cluster takes the demo's place", () => {
  for (const text of [
    build("manifests/overlays/production"),
    render("charts/chatbot/ci/production-values.yaml"),
  ]) {
    const config = parseManifests(text).find(({ metadata }) => /-config/.test(metadata.name));
    expect(config?.data).toMatchObject({
      MODELS: "",
      INFERENCE_SERVER_URL: "http://chatbot-model-server:8080",
    });
  }
});
