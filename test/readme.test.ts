import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { readConfig, VARIABLES, WITHOUT_DEFAULT } from "../src/config.ts";
import { ModelsConfig } from "../src/inference/models-config.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const readme = read("README.md");

/** Name and default of every variable in the configuration table. */
const documented = [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:`(.*?)`|unset) \|/gm)].map(
  ([, name = "", value]) => ({ name, value }),
);

test("the README lists every variable of the configuration, in its order", () => {
  expect(documented.map(({ name }) => name)).toEqual(VARIABLES);
});

test("every default that the README states is the one that holds", () => {
  const stated = documented.filter(({ value }) => value !== undefined);
  const wrong = stated.filter(
    ({ name, value }) => !isDeepStrictEqual(readConfig({ [name]: value }), readConfig({})),
  );
  expect(wrong).toEqual([]);
});

test("variables without a default are unset in the configuration", () => {
  const unset = documented.filter(({ value }) => value === undefined);
  expect(unset.map(({ name }) => name)).toEqual(WITHOUT_DEFAULT);
});

test("the README's example of MODELS is valid", () => {
  const example = /```json\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(ModelsConfig.parse(readConfig({ MODELS: example.trim() }).models)).toHaveLength(2);
});

test.each(["README.md", "CONTRIBUTING.md"])("every file that %s links to exists", (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path);
  const missing = links.filter((path) => !existsSync(new URL(`../${path}`, import.meta.url)));
  expect(missing).toEqual([]);
});

test("every script that the README tells to run exists, and none is left out", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const told = [...readme.matchAll(/^\| `npm (?:run )?([a-z:]+)` \|/gm)].map(([, name]) => name);
  expect(told.sort()).toEqual(Object.keys(scripts).sort());
});
