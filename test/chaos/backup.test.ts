import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { talking } from "./talking.ts";

/** The first block of commands under a heading of the page that operators read. */
async function commandsOf(heading: string): Promise<string> {
  const page = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const [, commands] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  if (commands === undefined) throw new Error(`docs/operations.md says nothing under ${heading}.`);
  return commands;
}

test("a Redis that is lost comes back from the copy that was made while people talked", {
  timeout: 180_000,
}, async () => {
  const { redis, model, choice, finish } = await talking("backup", 12);
  const folder = await mkdtemp(join(tmpdir(), "chatbot-backup-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const run = async (heading: string) => {
    const env = { PATH: process.env.PATH, REDIS: `-p ${redis.port}`, DATA: redis.directory };
    execFileSync("sh", ["-euc", await commandsOf(heading)], { cwd: folder, env, stdio: "pipe" });
  };
  await expect.poll(() => model.open).toBeGreaterThan(3);
  await run("Back up");
  const before = model.generations.length;
  // So much that whole conversations' answers come and go after the copy.
  await expect
    .poll(() => model.generations.length, { timeout: 60_000 })
    .toBeGreaterThan(before + 12);
  await sleep(choice.between(0, 500));
  expect(model.open).toBeGreaterThan(0);
  await redis.kill("SIGKILL");
  await rm(join(redis.directory, "appendonlydir"), { recursive: true });
  await run("Restore");
  await redis.restart();
  // People go on, on what there is.
  const after = model.generations.length;
  await expect.poll(() => model.generations.length, { timeout: 60_000 }).toBeGreaterThan(after + 6);
  await finish(true);
});
