/** The taint that keeps a GPU's node free for what needs it, as GPU operators set it. */
const GPU = "nvidia.com/gpu";

function node(name: string, zone: string, gpus = 0) {
  const has = {
    cpu: "16",
    memory: "64Gi",
    "ephemeral-storage": "200Gi",
    pods: "110",
    ...(gpus > 0 && { [GPU]: String(gpus) }),
  };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": zone,
      },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: gpus > 0 ? { taints: [{ key: GPU, value: "present", effect: "NoSchedule" }] } : {},
    status: { allocatable: has, capacity: has },
  };
}

/** The node that has GPUs. */
export const GPU_NODE = "gpu-a";

/** Three zones, a node in each, and one with GPUs. */
export const NODES = [
  node("node-a", "a"),
  node("node-b", "b"),
  node("node-c", "c"),
  node(GPU_NODE, "a", 8),
] as const;

/** A default class of volumes. Nobody makes them here: a test offers as many as it needs. */
export const STORAGE_CLASS = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: {
    name: "offered",
    annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
  },
  provisioner: "kubernetes.io/no-provisioner",
  volumeBindingMode: "WaitForFirstConsumer",
};
