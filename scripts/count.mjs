import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./run.mjs";
import { say } from "./say.mjs";

// Called with the exit code of the tests, as the report is silent on errors outside of any test.
const { passed, failed } = count(read(), Number(process.argv[2] ?? 0));
process.exitCode = failed > 0 ? 1 : 0;
say(`${passed} passed, ${failed} failed`);

/** The report of the last test run, `undefined` where it did not come to one. */
function read() {
  try {
    return JSON.parse(readFileSync(join(PROJECT, ".data", "test-report.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/** What was not run counts as failed: a skipped test guards nothing. */
function count(report, exitCode) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numTotalTests - passed + broken.length;
  const wrong = passed === 0 || !report.success || exitCode !== 0;
  return { passed, failed: failed === 0 && wrong ? 1 : failed };
}
