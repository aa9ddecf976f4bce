import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CGROUPS = "/sys/fs/cgroup";
/** Where the pods' groups hang. */
export const CGROUP_ROOT = "chatbot-platform";

/** Folders that programs insist on: here they are the tests' own, and gone with the mount namespace. */
const OWN_FOLDERS = ["/run", "/var/lib/cni", "/var/log/containers"];

/**
 * Makes of the namespaces that the tests run in what a node needs: folders of its own, forwarding, groups for
 * what its containers use.
 */
export function prepareMachine(): void {
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
  const unified = existsSync(join(CGROUPS, "cgroup.controllers"));
  const hierarchies = unified ? [CGROUPS] : controllers().map((name) => join(CGROUPS, name));
  for (const hierarchy of hierarchies) {
    // Left by a run that was killed.
    removeGroups(join(hierarchy, CGROUP_ROOT));
    mkdirSync(join(hierarchy, CGROUP_ROOT), { recursive: true });
  }
  if (unified) {
    const names = readFileSync(join(CGROUPS, "cgroup.controllers"), "utf8").trim().split(/\s+/);
    const wanted = names.map((name) => `+${name}`).join(" ");
    for (const group of [CGROUPS, join(CGROUPS, CGROUP_ROOT)]) {
      writeFileSync(join(group, "cgroup.subtree_control"), wanted);
    }
  }
}

/** Removes the pods' groups, once nothing runs in them. */
export function tidyMachine(): void {
  const unified = existsSync(join(CGROUPS, "cgroup.controllers"));
  const hierarchies = unified ? [CGROUPS] : controllers().map((name) => join(CGROUPS, name));
  for (const hierarchy of hierarchies) removeGroups(join(hierarchy, CGROUP_ROOT));
}

/** Version 1 has a hierarchy for each, by the kernel's own list. */
function controllers(): string[] {
  return readFileSync("/proc/self/cgroup", "utf8")
    .trim()
    .split("\n")
    .map((line) => (line.split(":")[1] ?? "").replace("name=", ""))
    .filter((name) => name !== "" && existsSync(join(CGROUPS, name)));
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
