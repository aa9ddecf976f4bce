import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "./say.mjs";

/** The project's folder, whatever folder a script was called from. */
export const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));

/** PATH without the project's own tools: npm must not run on a Node that it is about to replace. */
export const MACHINE_PATH = (process.env.PATH ?? "")
  .split(delimiter)
  .filter((folder) => folder !== join(PROJECT, "node_modules", ".bin"))
  .join(delimiter);

/** The path of the first of these commands that the machine has, else `undefined`. */
export function findCommand(...names) {
  for (const name of names) {
    for (const folder of MACHINE_PATH.split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/**
 * Runs a command to its end and returns its output, which is shown only where it fails, or
 * not at all where it is `quiet`.
 * @throws {Refusal} `failure`, where the command fails, with its output.
 */
export function run(
  command,
  args,
  { failure, signal, env = process.env, input = "", quiet = false },
) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: PROJECT, env, signal });
    let output = "";
    const keep = (text) => {
      output = (output + text).slice(-20_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    // A command that does not read what it is told closes its end early.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.on("error", (error) => {
      if (error.name === "AbortError") reject(error);
      else reject(new Refusal(`${failure} (${error.message})`));
    });
    child.on("close", (code) => {
      if (code === 0) return resolve(output);
      if (!quiet) process.stderr.write(`${output.trimEnd()}\n`);
      reject(new Refusal(failure, output));
    });
  });
}

/**
 * Makes a folder of the project where it is missing.
 * @throws {Refusal} where this user may not write there.
 */
export function needFolder(...names) {
  const folder = join(PROJECT, ...names);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Refusal(
      `${folder} is not writable for this user (${error.code}). Run this as the folder's owner, or make it yours: sudo chown -R "$(id -un)" ${PROJECT}`,
    );
  }
  return folder;
}
