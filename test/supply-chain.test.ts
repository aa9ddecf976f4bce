import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as z from "zod/mini";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

const Versions = z.record(z.string(), z.string());
const manifest = z
  .object({
    dependencies: Versions,
    devDependencies: Versions,
    allowScripts: z.record(z.string(), z.boolean()),
  })
  .parse(JSON.parse(read("package.json")));
const { packages } = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.optional(z.string()),
        resolved: z.optional(z.string()),
        integrity: z.optional(z.string()),
        link: z.optional(z.boolean()),
        dev: z.optional(z.boolean()),
        devOptional: z.optional(z.boolean()),
        optional: z.optional(z.boolean()),
        hasInstallScript: z.optional(z.boolean()),
      }),
    ),
  })
  .parse(JSON.parse(read("package-lock.json")));
const locked = Object.entries(packages).filter(([path]) => path !== "");

test("every dependency is named by one exact version", () => {
  const named = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("every package comes from the registry, those of the server with the hash of their content", () => {
  const elsewhere = locked.filter(
    ([, { resolved, link }]) =>
      link === true ||
      (resolved !== undefined && !resolved.startsWith("https://registry.npmjs.org/")),
  );
  expect(elsewhere).toEqual([]);
  const served = locked.filter(
    ([, { dev, devOptional, optional }]) => !(dev || devOptional || optional),
  );
  expect(served.length).toBeGreaterThan(0);
  const unhashed = served.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"));
  expect(unhashed.map(([path]) => path)).toEqual([]);
});

test("no package runs a script when it is installed, but those that are named", () => {
  const named = Object.keys(manifest.allowScripts).map((name) => `node_modules/${name}`);
  const running = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
  expect(running.map(([path]) => path)).toEqual(named);
  const installs = [...read("Dockerfile").matchAll(/^RUN npm ci.*$/gm)].map(([line]) => line);
  expect(installs.length).toBeGreaterThan(0);
  expect(installs.filter((line) => !line.includes("--ignore-scripts"))).toEqual([]);
});

const FORBIDDEN = [
  [
    "evaluates text that does not stand in it",
    ["src", "web"],
    /\beval\(|new Function\(|new Script\((?!")|\b(compileFunction|runIn(New|This)Context)\(/,
  ],
  ["starts another program", ["src"], /\bchild_process\b/],
  [
    "makes markup of text",
    ["web"],
    /\b(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|\bunsafe(HTML|SVG|Static|MathML)\b|setHTMLUnsafe|srcdoc/,
  ],
  [
    "listens to what other windows post",
    ["web"],
    /addEventListener\(\s*"message"|\b(window|self|globalThis)\.onmessage/,
  ],
] as const;

test.each(FORBIDDEN)("no source %s", (_, folders, pattern) => {
  const sources = folders.flatMap((folder) =>
    readdirSync(new URL(`../${folder}`, import.meta.url), { recursive: true, encoding: "utf8" })
      .filter((path) => /(?<!\.test|\.contract)\.(ts|js|html)$/.test(path))
      .map((path) => `${folder}/${path}`),
  );
  expect(sources.length).toBeGreaterThan(10);
  // What a comment says does nothing.
  const code = (path: string) => read(path).replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, "");
  expect(sources.filter((path) => pattern.test(code(path)))).toEqual([]);
});
