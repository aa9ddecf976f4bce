import type { Manifest } from "./tools.ts";

/** Labels and annotations by which Helm and Kustomize keep track, and nothing else does. */
const OWN = /^(helm\.sh\/|checksum\/|app\.kubernetes\.io\/(managed-by|version)$)/;

/** Objects that `helm test` makes, and no installation. */
const isHook = ({ metadata }: Manifest) => metadata.annotations?.["helm.sh/hook"] !== undefined;

/**
 * Objects in one form, by kind and name, so that what two tools made can be compared: without their own labels,
 * the namespace, and the hashes that roll pods.
 */
export function normalise(manifests: readonly Manifest[]): Record<string, unknown> {
  const hashed = manifests
    .filter(({ kind, metadata }) => kind === "ConfigMap" && /-[a-z0-9]{10}$/.test(metadata.name))
    .map(({ metadata }) => metadata.name);
  const plain = (text: string) =>
    hashed.includes(text) ? text.replace(/-[a-z0-9]{10}$/, "") : text;
  const named = manifests
    .filter((manifest) => !isHook(manifest))
    .map((manifest) => {
      const { namespace: _namespace, ...metadata } = manifest.metadata;
      const value = simplify({ ...manifest, metadata }, plain) as Manifest;
      return [`${manifest.kind} ${value.metadata.name}`, value] as const;
    });
  return Object.fromEntries(named.sort(([left], [right]) => left.localeCompare(right)));
}

function simplify(value: unknown, plain: (text: string) => string): unknown {
  if (typeof value === "string") return plain(value).trimEnd();
  if (Array.isArray(value)) return value.map((item) => simplify(item, plain)).sort(byName);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .filter(([key, part]) => !OWN.test(key) && part !== null)
    .map(([key, part]) => [key, simplify(part, plain)] as const)
    // Empty means absent, but in a policy, where it means nobody or everybody.
    .filter(
      ([key, part]) =>
        key === "ingress" || key === "egress" || key === "podSelector" || !isEmpty(part),
    );
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Lists of what has a name have no order to the API. */
function byName(left: unknown, right: unknown): number {
  const name = (value: unknown) =>
    typeof value === "object" && value !== null && "name" in value ? String(value.name) : undefined;
  const [one, other] = [name(left), name(right)];
  return one === undefined || other === undefined ? 0 : one.localeCompare(other);
}
