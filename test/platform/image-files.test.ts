import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readText, readTools, run, temporaryFolder } from "./tools.ts";

const dockerfile = readText("Dockerfile");
const compose = parse(readText("compose.yaml"), { merge: true });

test("the image's last stage has no shell to run, no root and no build tool", () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  expect(last).not.toMatch(/^RUN /m);
  expect(last).not.toContain("npm");
  expect(last).toMatch(/^USER 65532:65532$/m);
  expect(last).toMatch(/^ENTRYPOINT \["\/usr\/local\/bin\/node", "src\/main.ts"\]$/m);
  expect(last).toContain("HOST=0.0.0.0");
  for (const label of ["title", "description", "licenses", "version", "revision", "created"]) {
    expect(last).toContain(`org.opencontainers.image.${label}=`);
  }
});

test("the image's Node is the one that the tests run on", () => {
  const { node } = JSON.parse(readText("package.json")).devDependencies;
  expect(dockerfile).toContain(`:${node}-`);
});

test("image, chart and manifests have the version of package.json", () => {
  const { version } = JSON.parse(readText("package.json"));
  expect(dockerfile).toContain(`ARG VERSION=${version}\n`);
  expect(parse(readText("charts/chatbot/Chart.yaml"))).toMatchObject({
    version,
    appVersion: version,
  });
  expect(parse(readText("manifests/base/kustomization.yaml")).images).toEqual([
    { name: "chatbot", newName: "chatbot", newTag: version },
  ]);
  expect(compose.services.web.image).toBe(`chatbot:${version}`);
});

test("nothing reaches the build but what the Dockerfile copies", () => {
  const [first, ...allowed] = readText(".dockerignore")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  expect(first).toBe("*");
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = ""]) =>
    names.split(" "),
  );
  for (const name of copied) expect(allowed).toContain(`!${name.split("/")[0]}`);
});

test("compose.yaml is what Compose's own schema takes", () => {
  // Helm has a validator of JSON schemas: a chart whose values are the file.
  const chart = temporaryFolder();
  mkdirSync(join(chart, "templates"));
  writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: compose\nversion: 1.0.0\n");
  cpSync(
    join(readTools().descriptions.compose, "schema/compose-spec.json"),
    join(chart, "values.schema.json"),
  );
  const values = join(chart, "compose.json");
  const check = (what: object) => {
    writeFileSync(values, JSON.stringify(what));
    // `x-…` is what extends Compose, and what it extends is merged already.
    return run("helm", ["template", "compose", chart, `--values=${values}`]);
  };
  expect(() => check(compose)).not.toThrow();
  expect(() => check({ ...compose, services: { web: { imag: "x" } } })).toThrow(/imag/);
});

test("compose.yaml publishes ports on the loopback address alone, and drops every privilege", () => {
  for (const [name, service] of Object.entries<Record<string, unknown>>(compose.services)) {
    for (const port of (service.ports ?? []) as string[])
      expect(port, name).toMatch(/^127\.0\.0\.1:/);
    if (name === "tgi") continue;
    expect(service.cap_drop, name).toEqual(["ALL"]);
    expect(service.read_only, name).toBe(true);
  }
  expect(compose.services.tgi.profiles).toEqual(["gpu"]);
  expect(compose.services["oauth2-proxy"].profiles).toEqual(["auth"]);
});
