import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, temporaryFolder } from "./tools.ts";

/** What the Secret with this key holds in tests. */
export const PROXY_SECRET = "proxy-secret-of-a-test-0123456789";

/** The environment of a pod's first container, as Kubernetes would make it. */
export function environmentOf(
  manifests: readonly Manifest[],
  // biome-ignore lint/suspicious/noExplicitAny: a pod's, checked against its schema.
  spec: any,
): Record<string, string> {
  const [container] = spec.containers;
  const environment: Record<string, string> = {};
  const configMap = (name?: string) =>
    manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name)?.data;
  for (const { configMapRef } of container.envFrom ?? []) {
    Object.assign(environment, configMap(configMapRef?.name));
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
    const secret = secretKeyRef?.key?.endsWith("url")
      ? "redis+sentinel://a:b@one,two/main"
      : "0123456789abcdef";
    const known = configMapKeyRef && configMap(configMapKeyRef.name)?.[configMapKeyRef.key];
    environment[name] = (value ?? known ?? secret).replaceAll(
      /\$\((\w+)\)/g,
      (_whole: string, other: string) => environment[other] ?? "",
    );
  }
  const file = environment.AUTH_PROXY_SECRET_FILE;
  if (file) environment.AUTH_PROXY_SECRET_FILE = mounted(file, container, spec.volumes ?? []);
  return environment;
}

/** A file of the test in place of one of a Secret; the path itself where nothing is mounted there. */
function mounted(path: string, container: Manifest, volumes: readonly Manifest[]): string {
  const mount = container.volumeMounts?.find(({ mountPath }: { readonly mountPath: string }) =>
    path.startsWith(`${mountPath}/`),
  );
  const volume = volumes.find(({ name }) => name === mount?.name);
  const items: { readonly key: string; readonly path: string }[] = volume?.secret?.items ?? [];
  if (!items.some((item) => `${mount?.mountPath}/${item.path}` === path)) return path;
  const file = join(temporaryFolder(), "proxy-secret");
  writeFileSync(file, PROXY_SECRET);
  return file;
}
