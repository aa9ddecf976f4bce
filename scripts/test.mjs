import { rmSync } from "node:fs";
import { join } from "node:path";
import { needFolder } from "./run.mjs";
import { guard } from "./say.mjs";
import { runVitest } from "./vitest.mjs";

await guard(async () => {
  const report = join(needFolder(".data"), "test-report.json");
  // An old one must not be taken for this run's.
  rmSync(report, { force: true });

  const projects = ["--project=unit", "--project=e2e"];
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  await runVitest("Running the tests", [...projects, ...reporters, ...process.argv.slice(2)]);
});
