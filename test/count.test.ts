import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const TEST = 'import { expect, test } from "vitest";\n';
const PASSES = `${TEST}test("passes", () => expect(1).toBe(1));\n`;

test.each([
  ["a test that passes", PASSES, "1 passed, 0 failed", 0],
  [
    "a test that fails",
    `${PASSES}test("fails", () => expect(1).toBe(2));`,
    "1 passed, 1 failed",
    1,
  ],
  ["a test that is skipped", `${PASSES}test.skip("later", () => {});`, "1 passed, 1 failed", 1],
  ["a test still to write", `${PASSES}test.todo("later");`, "1 passed, 1 failed", 1],
  ["a file that cannot be loaded", 'import "./none.ts";', "0 passed, 1 failed", 1],
  [
    "an error outside of tests",
    `${PASSES}setTimeout(() => { throw 1; });`,
    "1 passed, 1 failed",
    1,
  ],
  ["no test at all", undefined, "0 passed, 1 failed", 1],
])("counts %s", async (_, code, line, exitCode) => {
  const folder = await projectOf(code);

  const { stdout, status } = counted(folder, vitest(folder));

  expect(stdout.split("\n").slice(-2)).toEqual([line, ""]);
  expect(status).toBe(exitCode);
});

test("counts tests that never came to a report", async () => {
  const folder = await projectOf();
  expect(node(folder, ["scripts/count.mjs"])).toMatchObject({
    stdout: "0 passed, 1 failed\n",
    status: 1,
  });
});

const report = (passed: number, total: number) =>
  JSON.stringify({
    numPassedTests: passed,
    numTotalTests: total,
    success: passed === total,
    testResults: [],
  });

test.each([
  ["adds up both", [7, 7], "0", "28 passed, 0 failed", 0],
  ["counts what a stage skipped as failed", [5, 7], "0", "26 passed, 2 failed", 1],
  ["counts a stage that was not run as failed", undefined, "1", "21 passed, 1 failed", 1],
  ["counts a failure that no report tells of", [7, 7], "1", "28 passed, 1 failed", 1],
] as const)("of the platform's tests too, %s", async (_, last, code, line, exitCode) => {
  const folder = await projectOf();
  for (const name of ["test-report", "platform-paper", "platform-control-plane"]) {
    await writeFile(join(folder, ".data", `${name}.json`), report(7, 7));
  }
  if (last !== undefined) {
    await writeFile(join(folder, ".data/platform-node.json"), report(last[0], last[1]));
  }
  expect(node(folder, ["scripts/count.mjs", "0", code])).toMatchObject({
    stdout: `${line}\n`,
    status: exitCode,
  });
});

test("names what did not pass, and why, before it counts", async () => {
  const folder = await projectOf(`${PASSES}test("fails", () => expect("left").toBe("right"));
    test.skip("later", () => {});`);
  await writeFile(join(folder, "other.test.ts"), 'import "./none.ts";');

  const { stdout } = counted(folder, vitest(folder));

  expect(stdout).toContain(
    "failed: some.test.ts > fails\nAssertionError: expected 'left' to be 'right'",
  );
  expect(stdout).toContain("skipped: some.test.ts > later\n");
  expect(stdout).toContain("failed: other.test.ts\nCannot find module './none.ts'");
  expect(stdout).not.toContain("passes");
  expect(stdout.split("\n").slice(-2)).toEqual(["1 passed, 3 failed", ""]);
});

/** A folder of the scripts alone, and of one file of tests where there is `code`. */
async function projectOf(code?: string) {
  const folder = await mkdtemp(join(tmpdir(), "chatbot-count-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(PROJECT, "scripts"), join(folder, "scripts"), { recursive: true });
  await symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  await mkdir(join(folder, ".data"));
  if (code !== undefined) await writeFile(join(folder, "some.test.ts"), code);
  return folder;
}

function vitest(folder: string) {
  const program = join(PROJECT, "node_modules/vitest/vitest.mjs");
  const report = "--outputFile=.data/test-report.json";
  return node(folder, [program, "run", "--reporter=json", report]).status;
}

function counted(folder: string, exitCode: number | null) {
  return node(folder, ["scripts/count.mjs", String(exitCode)]);
}

function node(cwd: string, args: readonly string[]) {
  return spawnSync(process.execPath, args, {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
}
