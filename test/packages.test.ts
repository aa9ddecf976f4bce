import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

test("the server's image gets no package that only the page or a test imports", () => {
  const sources = readdirSync(new URL("../src", import.meta.url), {
    recursive: true,
    encoding: "utf8",
  }).filter((path) => /(?<!\.test|\.contract)\.ts$/.test(path));
  const imported = new Set(
    sources
      .flatMap((path) => [...read(`src/${path}`).matchAll(/(?:from|import\() ?"([^".][^"]*)"/g)])
      .map(([, specifier = ""]) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0]),
  );
  const { dependencies } = JSON.parse(read("package.json"));
  expect(Object.keys(dependencies).filter((name) => !imported.has(name))).toEqual([]);
});
