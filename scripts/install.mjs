import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCommand, MACHINE_PATH, needFolder, PROJECT, run } from "./run.mjs";
import { guard, Refusal, say } from "./say.mjs";

const OLDEST_NODE = 24;

/**
 * Installs the packages that package-lock.json names, where they are not there yet, and returns
 * the path of a Node that can run the server: the one among the packages, else the machine's.
 */
export async function install(signal) {
  if (!isInstalled()) {
    needFolder();
    needFolder("node_modules");
    say("Installing the packages (npm install) …");
    const npm = findCommand("npm");
    if (npm === undefined) throw new Refusal("npm is missing: install it, then start again.");
    // It installs what package-lock.json says and leaves that file alone; unlike `npm ci` it keeps
    // what is right already, and forgives a lock without the packages for other machines.
    await run(npm, ["install", "--no-save", "--include=dev", "--no-audit", "--no-fund"], {
      env: { ...process.env, PATH: MACHINE_PATH },
      failure: "npm could not install the packages: see above, then start again.",
      signal,
    });
  }
  return findNode();
}

/** Whether what npm last installed is what package-lock.json asks for. */
function isInstalled() {
  const wanted = readLock("package-lock.json");
  // npm writes this list when it has finished, so an install cut short has none.
  const installed = readLock("node_modules", ".package-lock.json");
  if (wanted === undefined || installed === undefined) return false;
  delete wanted[""];
  return (
    Object.entries(installed).every(([path, { optional }]) => path in wanted || optional) &&
    Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
      const there = installed[path];
      // Packages for other machines than this one are optional, and absent.
      if (there === undefined) return optional === true;
      return there.version === version && there.integrity === integrity;
    })
  );
}

function readLock(...path) {
  try {
    return JSON.parse(readFileSync(join(PROJECT, ...path), "utf8")).packages;
  } catch {
    return undefined;
  }
}

function findNode() {
  const candidates = [join(PROJECT, "node_modules", ".bin", "node"), process.execPath];
  const node = candidates.find((path) => majorOf(path) >= OLDEST_NODE);
  if (node !== undefined) return node;
  throw new Refusal(
    `The server needs Node ${OLDEST_NODE}, and npm did not bring it (is ignore-scripts set?). Type: npm rebuild node --ignore-scripts=false, or install Node ${OLDEST_NODE}.`,
  );
}

/** The major version of a Node, 0 where there is none that runs. */
function majorOf(path) {
  try {
    const version = execFileSync(path, ["--version"], { stdio: ["ignore", "pipe", "ignore"] });
    return Number(/^v(\d+)/.exec(String(version))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await guard(() => install(new AbortController().signal));
}
