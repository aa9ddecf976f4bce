import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, vi } from "vitest";
import type { Random } from "../../chaos/random.ts";
import type { Cluster } from "../cluster/kubectl.ts";
import { readTools } from "../tools.ts";

const inNamespace = "--namespace=chatbot";
const component = (name: string) => `--selector=app.kubernetes.io/component=${name}`;

/** What happens to pods, and what becomes of them. */
export interface Upheaval {
  /** How containers ended so far: exit codes, by pod. */
  readonly exits: ReadonlyMap<string, number>;
  /** Pods of a part that are not on their way out. */
  pods(part: string): Promise<readonly string[]>;
  /** Restarts deployments pod by pod, and waits until the old pods are gone. */
  restart(parts: readonly string[]): Promise<void>;
  /** Kills that many workers one by one, without a word to them. */
  killWorkers(count: number, choice: Random): Promise<void>;
  /** As `settle`. */
  settled(): Promise<void>;
}

/** Waits until all deployments stand as they should, and nothing is on its way out. */
export async function settle({ kubectl, get }: Cluster): Promise<void> {
  for (const kind of ["deployment", "statefulset"]) {
    for (const { metadata } of await get(kind, inNamespace)) {
      const what = `${kind}/${metadata.name}`;
      await kubectl(["rollout", "status", what, inNamespace, "--timeout=300s"]);
    }
  }
  const leaving = async () =>
    (await get("pods", inNamespace)).filter(({ metadata }) => metadata.deletionTimestamp).length;
  const nobody = async () => expect(await leaving()).toBe(0);
  await vi.waitFor(nobody, { timeout: 180_000, interval: 500 });
}

/** For as long as the test runs. */
export function openUpheaval(cluster: Cluster): Upheaval {
  const { kubectl, get } = cluster;
  const exits = watchExits(cluster);
  const all = (part: string) => get("pods", inNamespace, component(part));
  const pods = async (part: string) =>
    (await all(part))
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name as string);

  const settled = () => settle(cluster);

  return {
    exits,
    pods,
    settled,
    async restart(parts) {
      const before = (await Promise.all(parts.map(pods))).flat();
      const named = parts.map((part) => `deployment/chatbot-${part}`);
      await kubectl(["rollout", "restart", inNamespace, ...named]);
      await settled();
      const after = (await Promise.all(parts.map(pods))).flat();
      expect(after.filter((name) => before.includes(name))).toEqual([]);
    },
    async killWorkers(count, choice) {
      for (let killed = 0; killed < count; killed += 1) {
        // As long as one stands to take over: how long a pod takes to start is the machine's affair.
        await settled();
        const name = choice.pick(await pods("worker"));
        await kubectl(["delete", "pod", name, inNamespace, "--grace-period=0", "--force"]);
        await sleep(choice.between(500, 3_000));
      }
      await settled();
    },
  };
}

/** Follows the namespace's pods for as long as the test runs. */
function watchExits({ kubeconfig }: Cluster): ReadonlyMap<string, number> {
  const exits = new Map<string, number>();
  const columns =
    "NAME:.metadata.name,CODES:.status.containerStatuses[*].state.terminated.exitCode";
  let child: ChildProcess | undefined;
  let over = false;
  const follow = () => {
    const args = ["get", "pods", inNamespace, "--watch", "--no-headers"];
    const watch = spawn(
      readTools().programs.kubectl,
      [...args, `--output=custom-columns=${columns}`],
      { env: { ...process.env, KUBECONFIG: kubeconfig }, stdio: ["ignore", "pipe", "ignore"] },
    );
    child = watch;
    createInterface({ input: watch.stdout }).on("line", (line) => {
      const [name = "", codes = ""] = line.trim().split(/\s+/);
      if (/^\d+(,\d+)*$/.test(codes)) exits.set(name, Math.max(...codes.split(",").map(Number)));
    });
    watch.once("exit", () => over || follow());
  };
  follow();
  onTestFinished(() => {
    over = true;
    child?.kill();
  });
  return exits;
}
