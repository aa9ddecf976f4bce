import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { onTestFinished } from "vitest";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The server of an earlier commit, in a folder of its own until the test ends; its `main.ts`. It shares
 * this version's packages where it asks for the same ones, and has its own installed where not.
 * @throws Error where the history does not reach that far.
 */
export async function earlierVersion(commit: string): Promise<string> {
  const known = spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: PROJECT });
  if (known.status !== 0) {
    throw new Error(
      `The history does not reach to ${commit}: this test needs a whole clone (git fetch --unshallow).`,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), "chatbot-earlier-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const archive = join(folder, "tree.tar");
  const paths = ["src", "package.json", "package-lock.json", ".npmrc"];
  await writeFile(
    archive,
    execFileSync("git", ["archive", commit, ...paths], { cwd: PROJECT, maxBuffer: 2 ** 28 }),
  );
  execFileSync("tar", ["-xf", archive, "-C", folder]);
  const [theirs, ours] = await Promise.all([folder, PROJECT].map(packagesOf));
  const same = Object.entries(theirs ?? {}).every(([name, wanted]) =>
    isDeepStrictEqual(wanted, ours?.[name]),
  );
  if (same) await symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  else execFileSync("npm", ["ci", "--ignore-scripts", "--omit=dev"], { cwd: folder });
  return join(folder, "src/main.ts");
}

/** Names and versions of what a version imports. Ours has the page's among what it is built with. */
async function packagesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  return folder === PROJECT ? { ...devDependencies, ...dependencies } : dependencies;
}
