import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { measureFirstLoad } from "./first-load.ts";
import { measureFlat } from "./flat-section.ts";
import { measureHandOver, measureStop } from "./handover-section.ts";
import { measureMemory, measurePages } from "./history-section.ts";
import { measureOpening, measureSidebar } from "./reader-section.ts";
import { measureSearch } from "./search-section.ts";
import { measureSockets, measureWatchers } from "./sockets-section.ts";
import { measureFlatPage, measureTasks } from "./streaming-section.ts";
import { markdownTable, plainTable, type Row } from "./table.ts";
import { measureSpread, measureTokens } from "./tokens-section.ts";

const DOCUMENT = new URL("../docs/performance.md", import.meta.url);
const BEGIN = "<!-- bench: begin -->";
const END = "<!-- bench: end -->";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seconds: { type: "string", default: "6" },
    write: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);

/** In the order of the budgets. */
const SECTIONS: Readonly<Record<string, () => Promise<Row[]>>> = {
  cpu: () => measureTokens(seconds),
  spread: () => measureSpread(seconds),
  handover: measureHandOver,
  stop: measureStop,
  sockets: measureSockets,
  watchers: measureWatchers,
  pages: measurePages,
  search: measureSearch,
  memory: measureMemory,
  flat: measureFlat,
  page: measurePage,
};

/** What the page costs whoever looks at it. */
async function measurePage(): Promise<Row[]> {
  return [
    await measureFirstLoad(),
    await measureTasks(120, 200),
    await measureTasks(30, 60),
    await measureFlatPage(),
    await measureOpening(),
    await measureSidebar(),
  ];
}

function write(table: string): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const [head, rest] = text.split(BEGIN);
  const tail = rest?.split(END)[1];
  if (head === undefined || tail === undefined) throw new Error("docs/performance.md has no place");
  writeFileSync(DOCUMENT, `${head}${BEGIN}\n${table}\n${END}${tail}`);
}

const names = values.only?.split(",") ?? Object.keys(SECTIONS);
const unknown = names.filter((name) => SECTIONS[name] === undefined);
if (unknown.length > 0 || !(seconds > 0)) {
  process.stderr.write(
    `usage: npm run bench -- [--only ${Object.keys(SECTIONS).join(",")}] [--seconds 6] [--write]\n`,
  );
  process.exit(2);
}
const rows: Row[] = [];
for (const name of names) {
  process.stderr.write(`${name} …\n`);
  const more = (await SECTIONS[name]?.()) ?? [];
  rows.push(...more);
  process.stdout.write(`${plainTable(more)}\n`);
}
if (values.write) {
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  write(`Measured on ${date}: ${machine}.\n\n${markdownTable(rows)}`);
}
process.exit(0);
