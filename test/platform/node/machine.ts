import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

const CGROUPS = "/sys/fs/cgroup";
/** Each run's groups hang under the name of its work folder. */
export const cgroupOf = (folder: string): string => basename(folder);

/** Folders that programs insist on: here they are the tests' own, and gone with the mount namespace. */
const OWN_FOLDERS = ["/run", "/var/lib/cni", "/var/log/containers"];

/**
 * Makes of the namespaces that the tests run in what a node needs: folders of its own, forwarding, groups for
 * what its containers use.
 * @param folder The run's work folder.
 */
export function prepareMachine(folder: string): void {
  for (const folder of OWN_FOLDERS) {
    mkdirSync(folder, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "tmpfs", folder]);
  }
  for (const folder of ["/run/lock", "/run/netns"]) mkdirSync(folder, { recursive: true });
  for (const [name, value] of [
    ["ip_forward", "1"],
    // A NodePort is to answer on 127.0.0.1 as well.
    ["conf/all/route_localnet", "1"],
  ]) {
    writeFileSync(`/proc/sys/net/ipv4/${name}`, String(value));
  }
  for (const hierarchy of hierarchies()) {
    // Left by runs that were killed; their folders are removed before this one begins.
    for (const name of readdirSync(hierarchy)) {
      const isOurs = name.startsWith("chatbot-node-");
      if (isOurs && !existsSync(join(dirname(folder), name))) removeGroups(join(hierarchy, name));
    }
    mkdirSync(join(hierarchy, cgroupOf(folder)), { recursive: true });
  }
  if (isUnified()) {
    const names = readFileSync(join(CGROUPS, "cgroup.controllers"), "utf8").trim().split(/\s+/);
    const wanted = names.map((name) => `+${name}`).join(" ");
    for (const group of [CGROUPS, join(CGROUPS, cgroupOf(folder))]) {
      writeFileSync(join(group, "cgroup.subtree_control"), wanted);
    }
  }
}

/** Removes the pods' groups, once nothing runs in them. */
export function tidyMachine(folder: string): void {
  for (const hierarchy of hierarchies()) removeGroups(join(hierarchy, cgroupOf(folder)));
}

const isUnified = () => existsSync(join(CGROUPS, "cgroup.controllers"));
const hierarchies = () =>
  isUnified() ? [CGROUPS] : controllers().map((name) => join(CGROUPS, name));

/** Version 1 has a hierarchy for each, by the kernel's own list, and often one of version 2 beside them. */
function controllers(): string[] {
  const names = readFileSync("/proc/self/cgroup", "utf8")
    .trim()
    .split("\n")
    .map((line) => (line.split(":")[1] ?? "").replace("name=", "") || "unified");
  return names.filter((name) => existsSync(join(CGROUPS, name)));
}

function removeGroups(group: string): void {
  if (!existsSync(group)) return;
  const listed = spawnSync("find", [group, "-depth", "-type", "d"], { encoding: "utf8" }).stdout;
  for (const folder of listed.trim().split("\n")) {
    try {
      rmdirSync(folder);
    } catch {
      // Something runs in it still: the end of the namespace ends that.
    }
  }
}

/** Whether containers can share the files of their image, which is quicker than a copy for each. */
export function hasOverlays(folder: string): boolean {
  const at = (name: string) => join(folder, "overlay-trial", name);
  for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(at(name), { recursive: true });
  const options = `lowerdir=${at("lower")},upperdir=${at("upper")},workdir=${at("work")}`;
  const mount = spawnSync("mount", ["-t", "overlay", "overlay", "-o", options, at("merged")]);
  if (mount.status !== 0) return false;
  execFileSync("umount", [at("merged")]);
  return true;
}
