import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { needCommand } from "./packages.mjs";
import { writeStandIns } from "./platform-stand-ins.mjs";
import { findCommand, PROJECT, run } from "./run.mjs";
import { say } from "./say.mjs";

const RELEASE = "bookworm";
/**
 * Buildah runs from a sealed copy of itself in memory, which Linux refuses to seal while one of its pages is
 * held for something else; nothing has been done by then.
 */
const UNSEALED = "sealing memfd copy: Device or resource busy";
const MOST_TRIES = 5;

/**
 * Builds the Dockerfile for real, by Buildah in a chroot: no Docker engine, no registry. The base images are
 * stood in for by a Debian tree, with the Node of package.json for the build, and bare for the run. Then writes
 * what a node needs beside it.
 * @returns how to run Buildah, what the image is called and where the node's images lie, or `undefined` where
 * this machine cannot: it says why.
 */
export async function needImage({ folder, programs, compile }, node, signal) {
  if (process.getuid?.() !== 0 || findCommand("apt-get") === undefined) {
    say("The image is not built: that takes root, and Debian's packages buildah and debootstrap.");
    return undefined;
  }
  const need = (command) =>
    needCommand({ commands: [command], what: command, debian: command, signal });
  const [buildah, debootstrap] = [await need("buildah"), await need("debootstrap")];
  const storage = ["--root", join(folder, "images"), "--runroot", join(folder, "images-run")];
  const env = { ...process.env, BUILDAH_ISOLATION: "chroot", STORAGE_DRIVER: "vfs" };
  const within = async (failure, ...args) => {
    const options = { env, failure: `${failure}: see above.`, signal };
    for (let tries = 1; ; tries += 1) {
      try {
        return await run(buildah, [...storage, ...args], options);
      } catch (error) {
        if (tries === MOST_TRIES || !error.output?.includes(UNSEALED)) throw error;
      }
    }
  };
  const tree = (name, packages) => needTree({ folder, name, packages, debootstrap, signal });
  // What is the same in every clone is made once, by its `key`; the rest has names of this clone's own.
  const clone = hashOf([PROJECT]);
  const named = (name, key = clone) => `localhost/platform-${name}:${key}`;
  const layer = async ({ from, copies, name, config, key }) => {
    const image = named(name, key);
    if (key !== undefined && (await has(within, image))) return image;
    return await makeLayer(within, { from, copies, name: image, config });
  };

  const minimal = await tree("minimal", []);
  const runtime = await layer({
    ...{ from: "scratch", copies: [[minimal, "/"]] },
    ...{ name: "runtime", key: basename(minimal) },
  });
  const staged = join(folder, `staged-${process.pid}`);
  const tools = join(staged, "tools");
  const contents = stageTools(tools, node);
  const base = await layer({
    ...{ from: runtime, copies: [[tools, "/"]], name: "build", key: contents },
    config: [
      ...["--env", "PATH=/usr/local/bin:/usr/bin:/bin"],
      ...(existsSync(join(tools, "etc/ca.crt"))
        ? ["--env", "NODE_EXTRA_CA_CERTS=/etc/ca.crt"]
        : []),
    ],
  });

  say("Building the image (buildah) …");
  const image = named("chatbot");
  const given = ["--build-arg", `BUILD_IMAGE=${base}`, "--build-arg", `RUNTIME_IMAGE=${runtime}`];
  await within("The image could not be built", "bud", "--layers", ...given, "-t", image, PROJECT);
  const layout = await writeStandIns({
    ...{ folder, staged, programs, compile, image, base },
    buildah: { within, tree, layer },
  });
  rmSync(staged, { recursive: true, force: true });
  return {
    ...{ buildah, storage, layout },
    env: { BUILDAH_ISOLATION: "chroot", STORAGE_DRIVER: "vfs" },
    tag: image,
    unsealed: UNSEALED,
  };
}

/** A Debian of the fewest packages and these: a folder that is made once. */
async function needTree({ folder, name, packages, debootstrap, signal }) {
  const tree = join(folder, `debian-${RELEASE}-${name}`);
  if (existsSync(tree)) return tree;
  say(`Making a Debian tree (debootstrap ${RELEASE} ${packages.join(" ")}) …`);
  const part = `${tree}.${process.pid}`;
  const include = packages.length > 0 ? [`--include=${packages.join()}`] : [];
  await run(debootstrap, ["--variant=minbase", ...include, RELEASE, part], {
    failure: "The Debian tree could not be made: see above.",
    signal,
  });
  renameSync(part, tree);
  return tree;
}

const hashOf = (parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
};

async function has(within, image) {
  const listed = await within(
    "Buildah refused",
    "images",
    "--noheading",
    "--format={{.Name}}:{{.Tag}}",
  );
  return listed.split("\n").includes(image);
}

/**
 * What the build stage's image has over the bare one: Node, npm, and the machine's own certificates.
 * @returns what tells it from another.
 */
function stageTools(folder, node) {
  rmSync(folder, { recursive: true, force: true });
  const bin = join(folder, "usr/local/bin");
  const modules = join(folder, "usr/local/lib/node_modules");
  mkdirSync(bin, { recursive: true });
  mkdirSync(modules, { recursive: true });
  cpSync(realpathSync(node), join(bin, "node"));
  const npm = dirname(dirname(realpathSync(findCommand("npm"))));
  cpSync(npm, join(modules, "npm"), { recursive: true, dereference: true });
  // As a file: a link from here would point into this machine.
  const cli = '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n';
  writeFileSync(join(bin, "npm"), cli, { mode: 0o755 });
  const authority = process.env.NODE_EXTRA_CA_CERTS;
  const known = [readFileSync(realpathSync(node)), readFileSync(join(npm, "package.json"))];
  if (authority === undefined || !existsSync(authority)) return hashOf(known);
  mkdirSync(join(folder, "etc"));
  cpSync(authority, join(folder, "etc/ca.crt"), { dereference: true });
  return hashOf([...known, readFileSync(authority)]);
}

/** An image of files on top of another. @returns its name. */
async function makeLayer(within, { from, copies, name, config = [] }) {
  const container = (await within("Buildah could not begin", "from", from))
    .trim()
    .split("\n")
    .pop();
  for (const [source, target] of copies) {
    await within("Files could not be added", "add", "--quiet", container, source, target);
  }
  if (config.length > 0) await within("Buildah refused", "config", ...config, container);
  await within("The image could not be made", "commit", "--quiet", "--rm", container, name);
  return name;
}
