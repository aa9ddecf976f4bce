import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findCommand, needFolder, run } from "./run.mjs";
import { Refusal, say } from "./say.mjs";

/**
 * Programs that are built from the Go module proxy, each at one version. `install` takes a main package as
 * `go install` does; where that is refused, because the module replaces others, `of` builds it as a
 * dependency of an empty module. A further stage adds its own here.
 */
const PROGRAMS = [
  { name: "kustomize", version: "v5.8.1", install: "sigs.k8s.io/kustomize/kustomize/v5" },
  { name: "helm", version: "v3.21.4", install: "helm.sh/helm/v3/cmd/helm" },
  {
    name: "kubeconform",
    version: "v0.7.0",
    install: "github.com/yannh/kubeconform/cmd/kubeconform",
  },
  { name: "oauth2-proxy", version: "v7.15.3", of: "github.com/oauth2-proxy/oauth2-proxy/v7" },
];

/** Modules that are read and not built: the API's own description, and that of what extends it. */
const DESCRIPTIONS = {
  kubernetes: "k8s.io/kubernetes@v1.36.3",
  gatewayApi: "sigs.k8s.io/gateway-api@v1.6.1",
  istio: "istio.io/api@v1.30.3",
  keda: "github.com/kedacore/keda/v2@v2.20.2",
  prometheusOperator: "github.com/prometheus-operator/prometheus-operator@v0.93.0",
  knative: "knative.dev/serving@v0.50.0",
  compose: "github.com/compose-spec/compose-go/v2@v2.9.0",
};

/**
 * Builds what is missing into `.cache/platform`, which later runs find there.
 * @returns the folder, the path of each program, and the folder of each description.
 * @throws {Refusal} where Go is missing, or a module cannot be had.
 */
export async function needPlatformTools(signal) {
  const folder = needFolder(".cache", "platform");
  const go = findGo();
  const env = { ...process.env, GOFLAGS: "-mod=mod", CGO_ENABLED: "0" };
  const programs = {};
  for (const program of PROGRAMS) {
    programs[program.name] = await needProgram({ program, folder, go, env, signal });
  }
  const descriptions = {};
  for (const [name, module] of Object.entries(DESCRIPTIONS)) {
    descriptions[name] = await needModule({ module, folder, go, env, signal });
  }
  return { folder, programs, descriptions };
}

/** Debian puts Go into PATH; its own archive into /usr/local. */
function findGo() {
  const go = findCommand("go");
  if (go !== undefined) return go;
  const local = "/usr/local/go/bin/go";
  if (existsSync(local)) return local;
  throw new Refusal(
    `Go is missing, and with it every program that would check the manifests: ${PROGRAMS.map(
      ({ name, version }) => `${name} ${version}`,
    ).join(", ")}. Nothing was tested. Install Go 1.26 or newer, then start again.`,
  );
}

async function needProgram({ program: { name, version, install, of }, folder, go, env, signal }) {
  const home = join(folder, `${name}-${version}`);
  const path = join(home, name);
  if (existsSync(path)) return path;
  say(`Building ${name} ${version} …`);
  mkdirSync(home, { recursive: true });
  const failure = `${name} ${version} could not be built: see above. Is the Go module proxy in reach?`;
  const small = ["-trimpath", "-ldflags", "-s -w"];
  if (install !== undefined) {
    await run(go, ["install", ...small, `${install}@${version}`], {
      env: { ...env, GOBIN: home },
      failure,
      signal,
    });
    return path;
  }
  const wrapper = join(folder, "build", name);
  rmSync(wrapper, { recursive: true, force: true });
  mkdirSync(wrapper, { recursive: true });
  const within = (...args) => run(go, ["-C", wrapper, ...args], { env, failure, signal });
  await within("mod", "init", "platform.local/build");
  await within("mod", "edit", `-require=${of}@${version}`);
  await within("build", ...small, "-o", path, of);
  return path;
}

async function needModule({ module, folder, go, env, signal }) {
  const downloaded = await run(go, ["-C", folder, "mod", "download", "-json", module], {
    env,
    failure: `${module} could not be downloaded: see above. Is the Go module proxy in reach?`,
    signal,
  });
  const path = /"Dir": "(.*)"/.exec(downloaded)?.[1];
  if (path === undefined) throw new Refusal(`${module} was not downloaded: ${downloaded}`);
  return path;
}
