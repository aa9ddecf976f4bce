import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testTitles } from "./test-titles.ts";

const PROJECT = new URL("../", import.meta.url);
const document = readFileSync(new URL("docs/security.md", PROJECT), "utf8");

/** Sections of ASVS 5.0.0, each with the last of its requirements of levels 1 and 2; none is left out. */
const SECTIONS = [
  ...["1.1:2", "1.2:9", "1.3:11", "1.4:3", "1.5:2", "2.1:3", "2.2:3", "2.3:4", "2.4:1"],
  ...["3.2:2", "3.3:4", "3.4:6", "3.5:5", "3.7:2", "4.1:3", "4.2:1", "4.3:2", "4.4:4"],
  ...["5.1:1", "5.2:3", "5.3:2", "5.4:3", "6.1:3", "6.2:12", "6.3:4", "6.4:4", "6.5:5"],
  ...["6.6:3", "6.8:4", "7.1:3", "7.2:4", "7.3:2", "7.4:5", "7.5:2", "7.6:2", "8.1:2"],
  ...["8.2:3", "8.3:1", "8.4:1", "9.1:3", "9.2:4", "10.1:2", "10.2:2", "10.3:4", "10.4:11"],
  ...["10.5:5", "10.6:2", "10.7:3", "11.1:2", "11.2:3", "11.3:3", "11.4:4", "11.5:1", "11.6:1"],
  ...["12.1:3", "12.2:2", "12.3:4", "13.1:1", "13.2:5", "13.3:2", "13.4:5", "14.1:2", "14.2:4"],
  ...["14.3:3", "15.1:3", "15.2:3", "15.3:7", "16.1:1", "16.2:5", "16.3:4", "16.4:3", "16.5:3"],
  ...["17.1:1", "17.2:4", "17.3:2"],
].map((section) => section.split(":"));

interface Row {
  readonly number: string;
  readonly state: string;
  readonly how: string;
  readonly shown: string;
}

/** What applies, row by row. */
const rows: readonly Row[] = [
  ...document.matchAll(/^\| ([\d.]+) \| [^|]* \| ([a-z]+) \| ([^|]*?) ?\| ([^|]*?) ?\|$/gm),
].map(([, number = "", state = "", how = "", shown = ""]) => ({ number, state, how, shown }));

/** What does not apply. */
const others = [...document.matchAll(/^\| V\d+ \| ([\d., ]+) \| [^|]+ \|$/gm)].flatMap(
  ([, numbers = ""]) => numbers.split(", "),
);

/** Every test that the document names, in its file. */
const cited = [...document.matchAll(/`([\w./-]+\.test\.ts)`((?:,? “[^”]+”)+)/g)].flatMap(
  ([, file = "", titles = ""]) =>
    [...titles.matchAll(/“([^”]+)”/g)].map(([, title = ""]) => ({ file, title })),
);

test("every test that docs/security.md names exists", () => {
  expect(cited.length).toBeGreaterThan(100);
  const titles = new Map<string, ReadonlySet<string>>();
  const missing = cited.filter(({ file, title }) => {
    const url = new URL(file, PROJECT);
    if (!titles.has(file)) {
      titles.set(file, existsSync(url) ? testTitles(readFileSync(url, "utf8")) : new Set());
    }
    return titles.get(file)?.has(title) !== true;
  });
  expect(missing).toEqual([]);
});

test("every title in docs/security.md stands behind the file it is in", () => {
  const quoted = document.match(/“[^”]+”/g) ?? [];
  expect(quoted).toHaveLength(cited.length);
});

test("docs/security.md judges every requirement of ASVS 5.0, levels 1 and 2, and none twice", () => {
  const asked = SECTIONS.flatMap(([section, last]) =>
    Array.from({ length: Number(last) }, (_, index) => `${section}.${index + 1}`),
  );
  expect(asked).toHaveLength(253);
  expect([...rows.map(({ number }) => number), ...others].toSorted()).toEqual(asked.toSorted());
});

test("docs/security.md shows what it says is met, and says why where something is not", () => {
  const states = ["met", "partly", "unmet", "proxy", "operator", "provider"];
  expect(rows.filter(({ state }) => !states.includes(state))).toEqual([]);
  const isShown = ({ how, shown }: Row) => shown.includes(".test.ts`") || how.includes("](#");
  expect(rows.filter((row) => row.state === "met" && !isShown(row))).toEqual([]);
  const open = ["partly", "unmet"];
  expect(rows.filter(({ state, how }) => open.includes(state) && how === "")).toEqual([]);
});

test("docs/security.md counts as many as there are", () => {
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const [intro = ""] = /requirements; [\s\S]*?the provider's\./.exec(document) ?? [];
  expect(
    intro
      .replaceAll(/\*\*|\n/g, " ")
      .match(/\d+/g)
      ?.map(Number),
  ).toEqual([
    others.length,
    rows.length,
    ...["met", "partly", "unmet", "proxy", "operator", "provider"].map(count),
  ]);
});

test("every place that docs/security.md links to exists", () => {
  const places = [...document.matchAll(/\]\((?!https:)([^)]+)\)/g)].map(([, place = ""]) => place);
  const missing = places.filter((place) => {
    const [file = "", heading] = place.split("#");
    const url =
      file === "" ? new URL("docs/security.md", PROJECT) : new URL(`docs/${file}`, PROJECT);
    if (!existsSync(url)) return true;
    const anchors = [...readFileSync(url, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, words = ""]) =>
      words
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
    );
    return heading !== undefined && !anchors.includes(heading);
  });
  expect(missing).toEqual([]);
});
