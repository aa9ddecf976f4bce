import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { PROJECT } from "./run.mjs";
import { say } from "./say.mjs";

/** Of what a failed test said, how much is said again: the rest stands further up. */
const LINES = 20;

// Called with the exit code of `npm test`, then that of `npm run test:platform` where that was run too: a report
// is silent on errors outside of any test.
const [exitCode = "0", platformExitCode] = process.argv.slice(2);
const tested = read("test-report.json");
const counts = [count(tested, Number(exitCode))];
const reports = [tested];
if (platformExitCode !== undefined) {
  const platform = ["paper", "control-plane", "node"].map((stage) =>
    read(`platform-${stage}.json`),
  );
  // One code for all three: it says nothing new where one of them tells of a failure already.
  const stages = platform.map((report) => count(report, 0));
  const wrong = stages.every(({ failed }) => failed === 0) && platformExitCode !== "0";
  counts.push(...stages, { passed: 0, failed: wrong ? 1 : 0 });
  reports.push(...platform);
}
const passed = counts.reduce((sum, one) => sum + one.passed, 0);
const failed = counts.reduce((sum, one) => sum + one.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
for (const line of reports.flatMap(notPassed)) say(line);
say(`${passed} passed, ${failed} failed`);

/** The report of the last test run, `undefined` where it did not come to one. */
function read(name) {
  try {
    return JSON.parse(readFileSync(join(PROJECT, ".data", name), "utf8"));
  } catch {
    return undefined;
  }
}

/** What was not run counts as failed: a skipped test guards nothing. */
function count(report, code) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const passed = report.numPassedTests;
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numTotalTests - passed + broken.length;
  const wrong = passed === 0 || !report.success || code !== 0;
  return { passed, failed: failed === 0 && wrong ? 1 : failed };
}

/** What did not pass, by name: whoever reads the end of a long log need not search for it. */
function notPassed(report) {
  return (report?.testResults ?? []).flatMap(({ name, message, assertionResults }) => {
    const file = relative(PROJECT, name);
    const tests = assertionResults
      .filter(({ status }) => status !== "passed")
      .map((test) => shortened(`${test.status}: ${file} > ${test.fullName}`, test.failureMessages));
    return message === "" ? tests : [...tests, shortened(`failed: ${file}`, [message])];
  });
}

function shortened(what, messages = []) {
  const lines = messages.flatMap((message) => message.split("\n"));
  const ours = lines.filter((line) => !/^\s+at .*(node_modules|<anonymous>)/.test(line));
  return [what, ...ours.slice(0, LINES)].join("\n");
}
