import { needCommands } from "./packages.mjs";
import { Refusal } from "./say.mjs";

/** The machine's own address there; its pods have theirs in 10.213.0.0/17. */
const ADDRESS = "10.213.255.1";

/**
 * The words before a command that give it a network, a list of processes and mounts of its own: what it starts,
 * mounts and routes is gone with it, however it ends, and reaches nothing outside. Where the user is not root,
 * they are root in it alone.
 */
export function withinNamespace(command, args) {
  const unshare = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  // A shell stays before the command: its end ends all, and it buries who died.
  const prepare = [
    "ip link set lo up",
    "ip link add node0 type bridge",
    `ip address add ${ADDRESS}/17 dev node0`,
    "ip link set node0 up",
    // Programs look there for the address that is theirs; nothing leaves by it.
    "ip route add default dev node0",
    '"$@"',
  ].join(" && ");
  return ["unshare", [...unshare, ...user, "sh", "-c", prepare, "sh", command, ...args]];
}

/** Programs of a stage by Debian's package; beside what the cache has. */
const COMMANDS = {
  "control-plane": { "util-linux": "unshare", iproute2: "ip" },
  node: {
    containerd: "containerd",
    runc: "runc",
    // Debian has them beside its folders of commands.
    "containernetworking-plugins": "../lib/cni/bridge",
    iptables: "iptables",
    conntrack: "conntrack",
    socat: "socat",
  },
};

/**
 * Sees to it that the machine has what a stage takes.
 * @throws {Refusal} in words, where it cannot.
 */
export async function needForStage(stage, signal) {
  if (stage === "paper") return;
  if (process.platform !== "linux") throw new Refusal("It takes Linux.");
  await needCommands({ commands: COMMANDS["control-plane"], what: "A network namespace", signal });
  if (stage !== "node") return;
  if (process.getuid?.() !== 0) throw new Refusal("A node takes root.");
  await needCommands({ commands: COMMANDS.node, what: "A node", signal });
}
