import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { type Background, startBackground } from "../cluster/background.ts";
import { type ControlPlane, NODE_ADDRESS, startControlPlane } from "../cluster/control-plane.ts";
import { readTools } from "../tools.ts";
import { cgroupOf, hasOverlays, prepareMachine, tidyMachine } from "./machine.ts";

const SOCKET = "/run/containerd/containerd.sock";
const PODS = "10.213.0.0/17";
/** As the API has it. */
export const NODE = "node1";

/** Starts a control plane and a node of it on this machine: containerd, kubelet, kube-proxy, CoreDNS. */
export async function startNode(folder: string, layout: string): Promise<ControlPlane> {
  prepareMachine(folder);
  const started: Background[] = [];
  const { programs } = readTools();
  const start = (name: string, command: string, args: readonly string[]) => {
    const background = startBackground(name, command, args, folder);
    started.push(background);
    return background;
  };
  const at = (name: string) => join(folder, name);
  for (const name of ["cni", "volumes", "pods-logs"]) mkdirSync(at(name), { recursive: true });

  const cluster = await startControlPlane(at("control-plane"));
  writeFileSync(at("containerd.toml"), containerdConfig(folder));
  writeFileSync(at("cni/10-bridge.conflist"), JSON.stringify(cniConfig(folder)));
  start("containerd", "containerd", [`--config=${at("containerd.toml")}`, "--log-level=warn"]);
  await importImages(layout);

  writeFileSync(at("resolv.conf"), "");
  writeFileSync(at("kubelet.json"), JSON.stringify(kubeletConfig(folder)));
  start("kubelet", programs.kubelet, [
    `--config=${at("kubelet.json")}`,
    `--kubeconfig=${cluster.kubeconfig}`,
    `--root-dir=${at("kubelet")}`,
    `--cert-dir=${at("kubelet-pki")}`,
    `--hostname-override=${NODE}`,
    `--node-ip=${NODE_ADDRESS}`,
    "--v=1",
  ]);
  writeFileSync(at("proxy.json"), JSON.stringify(proxyConfig(cluster.kubeconfig)));
  start("kube-proxy", programs["kube-proxy"], [`--config=${at("proxy.json")}`]);
  writeFileSync(at("Corefile"), corefile(cluster.kubeconfig));
  start("coredns", programs.coredns, [`-conf=${at("Corefile")}`]);

  const broken = Promise.race([cluster.broken, ...started.map((one) => one.broken)]);
  broken.catch(() => undefined);
  await Promise.race([registered(cluster), broken]);
  return {
    ...cluster,
    broken,
    async stop() {
      // Nothing that it runs may outlive it.
      await removePods();
      for (const one of started.toReversed()) await one.stop();
      await cluster.stop();
      tidyMachine(folder);
    },
  };
}

const call = promisify(execFile);
const ctr = (...args: string[]) =>
  call("ctr", [`--address=${SOCKET}`, "--namespace=k8s.io", ...args], {
    maxBuffer: 16 * 1024 ** 2,
  });

async function importImages(layout: string): Promise<void> {
  const up = () =>
    ctr("version").then(
      () => true,
      () => false,
    );
  for (let tries = 0; !(await up()); tries += 1) {
    if (tries === 150) throw new Error("containerd does not answer.");
    await delay(200);
  }
  const words = `tar -C ${layout} -c . | ctr --address=${SOCKET} --namespace=k8s.io images import --snapshotter "$0" -`;
  await call("sh", ["-c", words, hasOverlays(layout) ? "overlayfs" : "native"]);
}

async function registered({ kubectl, tryKubectl }: ControlPlane): Promise<void> {
  const there = async () => (await tryKubectl(["get", "node", NODE])).code === 0;
  while (!(await there())) await delay(300);
  await kubectl(["wait", "--for=condition=Ready", `node/${NODE}`, "--timeout=120s"]);
}

async function removePods(): Promise<void> {
  const { stdout } = await ctr("tasks", "list", "--quiet").catch(() => ({ stdout: "" }));
  for (const task of stdout.trim().split("\n").filter(Boolean)) {
    await ctr("tasks", "kill", "--signal=SIGKILL", "--all", task).catch(() => undefined);
    await ctr("tasks", "delete", "--force", task).catch(() => undefined);
  }
}

function containerdConfig(folder: string): string {
  const snapshotter = hasOverlays(folder) ? "overlayfs" : "native";
  return `
version = 2
root = "${folder}/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]

[grpc]
  address = "${SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # Else runc ends without its first process where this one may not lower a score.
  restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "${snapshotter}"

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  conf_dir = "${folder}/cni"
`;
}

const cniConfig = (folder: string) => ({
  cniVersion: "1.0.0",
  name: "bridge",
  plugins: [
    {
      type: "bridge",
      bridge: "pods0",
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: {
        type: "host-local",
        dataDir: `${folder}/addresses`,
        ranges: [[{ subnet: PODS }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
});

const kubeletConfig = (folder: string) => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  // Whoever is in this network may: it is the tests' own.
  authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
  authorization: { mode: "AlwaysAllow" },
  containerRuntimeEndpoint: `unix://${SOCKET}`,
  cgroupDriver: "cgroupfs",
  cgroupRoot: `/${cgroupOf(folder)}`,
  failCgroupV1: false,
  failSwapOn: false,
  enforceNodeAllocatable: [],
  clusterDNS: [NODE_ADDRESS],
  clusterDomain: "cluster.local",
  resolvConf: `${folder}/resolv.conf`,
  podLogsDir: `${folder}/pods-logs`,
  // The disk is others' too: nothing is removed, and no pod is, because it is full.
  imageGCHighThresholdPercent: 100,
  evictionHard: {
    "memory.available": "100Mi",
    "nodefs.available": "1%",
    "nodefs.inodesFree": "1%",
    "imagefs.available": "1%",
  },
});

const proxyConfig = (kubeconfig: string) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  clientConnection: { kubeconfig },
  mode: "iptables",
  clusterCIDR: PODS,
  hostnameOverride: NODE,
  // Settings of the whole machine: not ours to change.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
});

const corefile = (kubeconfig: string) => `.:53 {
  bind ${NODE_ADDRESS}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig} test
  }
  cache 5
}
`;
