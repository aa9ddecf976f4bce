import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needFolder, PROJECT, run } from "./run.mjs";
import { say } from "./say.mjs";

const CONFIG = join("web", "vite.config.ts");
const INPUTS = ["web", join("src", "protocol"), "package-lock.json", "package.json"];
const PAGE = join(PROJECT, "dist", "web", "index.html");
const STAMP = join(PROJECT, "dist", ".built-from");

/** Builds the page into `dist/`, where what it is built from has changed. */
export async function buildPage(node, signal) {
  const inputs = hashOf(INPUTS);
  const built = existsSync(PAGE) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === inputs;
  if (built) return;
  say("Building the page …");
  needFolder("dist");
  const vite = join(PROJECT, "node_modules", "vite", "bin", "vite.js");
  await run(node, [vite, "build", "--config", CONFIG], {
    failure: "The page could not be built: see above.",
    signal,
  });
  writeFileSync(STAMP, inputs);
}

/** One hash of the names and contents of all files in these files and folders. */
function hashOf(paths) {
  const hash = createHash("sha256");
  const add = (path) => {
    const content = readFileSync(join(PROJECT, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  };
  for (const path of paths) {
    const names = list(path);
    if (names === undefined) add(path);
    else for (const name of names) add(join(path, name));
  }
  return hash.digest("hex");
}

/** The files in a folder, in one order on every machine; `undefined` where it is a file. */
function list(path) {
  try {
    return readdirSync(join(PROJECT, path), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath ?? entry.path, entry.name).slice(join(PROJECT, path).length + 1),
      )
      .sort();
  } catch (error) {
    if (error.code === "ENOTDIR") return undefined;
    throw error;
  }
}
