import { join } from "node:path";
import { findCommand, MACHINE_PATH, run } from "./run.mjs";
import { Refusal, say } from "./say.mjs";

/**
 * The path of the first of these commands; where the machine has none, Debian's package of it is
 * installed, which takes root.
 * @throws {Refusal} with the exact command to type where that is not possible.
 */
export async function needCommand({ commands, what, debian, signal }) {
  const found = findCommand(...commands);
  if (found !== undefined) return found;
  await installPackages({ what, debian: [debian], signal });
  const installed = findCommand(...commands);
  if (installed === undefined) throw new Refusal(failureOf(what));
  return installed;
}

/**
 * Installs the packages of those commands that the machine lacks, all at once.
 * @param commands Command by package.
 * @throws {Refusal} as `needCommand`.
 */
export async function needCommands({ commands, what, signal }) {
  // Debian's folder of system commands is not in everyone's PATH.
  const isThere = (name) => findCommand(name, join("../sbin", name)) !== undefined;
  const missing = () => Object.keys(commands).filter((name) => !isThere(commands[name]));
  if (missing().length === 0) return;
  await installPackages({ what, debian: missing(), signal });
  if (missing().length > 0) throw new Refusal(failureOf(what));
}

const failureOf = (what) => `${what} could not be installed: see above, then start again.`;

async function installPackages({ what, debian, signal }) {
  const apt = findCommand("apt-get");
  if (apt === undefined) throw new Refusal(`${what} is missing: install it, then start again.`);
  if (process.getuid?.() !== 0) {
    const byHand = `sudo apt-get update && sudo apt-get install ${debian.join(" ")}`;
    throw new Refusal(`${what} is missing. Type: ${byHand}, then start again.`);
  }

  say(`Installing ${what} (apt-get install ${debian.join(" ")}) …`);
  const env = {
    ...process.env,
    PATH: MACHINE_PATH,
    DEBIAN_FRONTEND: "noninteractive",
    // Only the program is wanted: in this runlevel Debian's init scripts start no service.
    RUNLEVEL: "1",
  };
  const failure = failureOf(what);
  // A fresh machine has no lists of packages, and one long at rest has old ones.
  await run(apt, ["update"], { env, failure, signal });
  await run(apt, ["install", "-y", "--no-install-recommends", ...debian], { env, failure, signal });
}
