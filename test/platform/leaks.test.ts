import { expect, test } from "vitest";
import { everyManifest, everyText, podsOf } from "./builds.ts";
import { readText } from "./tools.ts";

const images = readText("images.txt")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

test.each(everyManifest())("%s holds no Secret and no credential", (_name, manifests) => {
  expect(manifests.filter(({ kind }) => kind === "Secret")).toEqual([]);
  for (const { spec } of podsOf(manifests)) {
    for (const { env = [] } of spec.containers) {
      for (const { name, value } of env) {
        if (/PASSWORD|TOKEN|SECRET|(^|_)KEY$/.test(name) && !name.endsWith("_FILE"))
          expect(value, name).toBeUndefined();
      }
    }
  }
});

test.each(everyText())("%s names no one's host, and no private key", (_name, text) => {
  // In the cluster by its DNS, in examples by the names that are reserved for them.
  const hosts = [...text.matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host = ""]) => host);
  const ours =
    /^(localhost|127\.0\.0\.1|chatbot-[\w-]+|talk-[\w-]+|[\w.-]+\.svc(\.cluster\.local)?|([\w-]+\.)*example\.com)$/;
  expect(hosts.filter((host) => !ours.test(host))).toEqual([]);
  expect(text).not.toMatch(/BEGIN [A-Z ]*PRIVATE KEY/);
});

test.each(everyManifest().filter(([name]) => !name.includes("everything")))(
  "%s leaves the storage class to the cluster",
  (_name, manifests) => {
    expect(JSON.stringify(manifests)).not.toContain("storageClassName");
  },
);

test("every image that is named stands in images.txt, and none is a moving tag", () => {
  const named = everyManifest()
    .filter(([name]) => !name.includes("everything"))
    .flatMap(([, manifests]) => podsOf(manifests))
    .flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
    .map(({ image }) => image);
  const dockerfile = [...readText("Dockerfile").matchAll(/^ARG \w+_IMAGE=(.*)$/gm)].map(
    ([, image]) => image,
  );
  const compose = [...readText("compose.yaml").matchAll(/^ {2,4}image: (.*)$/gm)].map(
    ([, image]) => image,
  );
  expect([...new Set([...named, ...dockerfile, ...compose])].toSorted()).toEqual(images.toSorted());
  for (const image of images) expect(image).toMatch(/[:@][\w.:-]+$/);
  expect(images.filter((image) => /:latest$/.test(image))).toEqual([]);
});

test("a registry for all goes before every image", () => {
  const [, manifests = []] = everyManifest().find(([name]) => name.includes("everything")) ?? [];
  for (const { spec } of podsOf(manifests)) {
    for (const { image } of spec.containers) expect(image).toMatch(/^registry\.example\.com\//);
  }
});
