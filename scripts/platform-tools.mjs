import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { findCommand, run } from "./run.mjs";
import { Refusal, say } from "./say.mjs";

const KUBERNETES = "v1.36.3";
const KWOK = "v0.8.0";

/**
 * Programs that are built from the Go module proxy, each module at one version. `main` of the module itself, or
 * of a folder in it. Where `go install` is refused, because the module replaces others, it is `wrapped`: built as
 * a dependency of an empty module, or of one with a `source` of ours. `staged` is the version of the modules that
 * Kubernetes keeps in its own tree.
 */
const MODULES = [
  { module: "sigs.k8s.io/kustomize/kustomize/v5", version: "v5.8.1", programs: { kustomize: "" } },
  { module: "helm.sh/helm/v3", version: "v3.21.4", programs: { helm: "/cmd/helm" } },
  {
    module: "github.com/yannh/kubeconform",
    version: "v0.7.0",
    programs: { kubeconform: "/cmd/kubeconform" },
  },
  {
    module: "github.com/oauth2-proxy/oauth2-proxy/v7",
    version: "v7.15.3",
    programs: { "oauth2-proxy": "" },
    wrapped: true,
  },
  { module: "sigs.k8s.io/kwok", version: KWOK, programs: { kwok: "/cmd/kwok" } },
  {
    module: "go.etcd.io/etcd/server/v3",
    version: "v3.6.14",
    programs: { etcd: "" },
    wrapped: true,
  },
  {
    module: "k8s.io/kubernetes",
    version: KUBERNETES,
    staged: KUBERNETES.replace("v1", "v0"),
    programs: Object.fromEntries(
      [
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubectl",
        "kubelet",
        "kube-proxy",
      ].map((name) => [name, `/cmd/${name}`]),
    ),
    // Else it calls itself v0.0.0, and Helm would refuse the chart there.
    linked: {
      "k8s.io/component-base/version.gitVersion": KUBERNETES,
      "k8s.io/component-base/version.gitMajor": "1",
      "k8s.io/component-base/version.gitMinor": KUBERNETES.split(".")[1],
    },
    wrapped: true,
  },
  {
    module: "github.com/coredns/coredns",
    version: "v1.14.0",
    programs: { coredns: "" },
    wrapped: true,
    // With the plugins that a cluster's names take: the others, for clouds, are most of its code.
    source: `package main

import (
	_ "github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() { coremain.Run() }
`,
  },
];

/** Modules that are read and not built: the API's own description, and that of what extends it. */
const DESCRIPTIONS = {
  kubernetes: `k8s.io/kubernetes@${KUBERNETES}`,
  gatewayApi: "sigs.k8s.io/gateway-api@v1.6.1",
  istio: "istio.io/api@v1.30.3",
  keda: "github.com/kedacore/keda/v2@v2.20.2",
  prometheusOperator: "github.com/prometheus-operator/prometheus-operator@v0.93.0",
  knative: "knative.dev/serving@v0.50.0",
  kwok: `sigs.k8s.io/kwok@${KWOK}`,
  compose: "github.com/compose-spec/compose-go/v2@v2.9.0",
};

/**
 * Builds what is missing into a cache that every clone of this user finds again: `PLATFORM_CACHE`, else
 * `chatbot-platform` among the user's caches.
 * @returns the folder, the path of each program, the folder of each description, and how to compile one file.
 * @throws {Refusal} where Go is missing, or a module cannot be had.
 */
export async function needPlatformTools(signal) {
  const folder = needCache();
  const go = findGo();
  const env = { ...process.env, GOFLAGS: "-mod=mod", CGO_ENABLED: "0" };
  const programs = {};
  for (const module of MODULES) {
    Object.assign(programs, await needPrograms({ module, folder, go, env, signal }));
  }
  const descriptions = {};
  for (const [name, module] of Object.entries(DESCRIPTIONS)) {
    descriptions[name] = (await download({ module, folder, go, env, signal })).Dir;
  }
  const compile = (source, target) =>
    run(go, ["build", "-trimpath", "-ldflags", "-s -w", "-o", target, source], {
      env,
      failure: `${source} could not be compiled: see above.`,
      signal,
    });
  return { folder, programs, descriptions, compile };
}

function needCache() {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = resolve(process.env.PLATFORM_CACHE || join(caches, "chatbot-platform"));
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Refusal(
      `${folder} is not writable for this user (${error.code}). Name another folder in PLATFORM_CACHE.`,
    );
  }
  return folder;
}

/** Debian puts Go into PATH; its own archive into /usr/local. */
function findGo() {
  const go = findCommand("go");
  if (go !== undefined) return go;
  const local = "/usr/local/go/bin/go";
  if (existsSync(local)) return local;
  throw new Refusal(
    `Go is missing, and with it every program that would check the manifests: ${MODULES.map(
      ({ programs, version }) => `${Object.keys(programs).join(", ")} ${version}`,
    ).join("; ")}. Nothing was tested. Install Go 1.26 or newer, then start again.`,
  );
}

/** Each is built beside its place and then moved there: half a program is never found. */
async function needPrograms({ module: spec, folder, go, env, signal }) {
  const { module, version, programs, linked = {}, wrapped = false, staged, source } = spec;
  const names = Object.keys(programs);
  const home = join(folder, `${names.length > 2 ? basename(module) : names[0]}-${version}`);
  const paths = Object.fromEntries(names.map((name) => [name, join(home, name)]));
  if (names.every((name) => existsSync(paths[name]))) return paths;
  const title = `${names.join(", ")} ${version}`;
  say(`Building ${title} …`);
  const part = `${home}.${process.pid}`;
  const failure = `${title} could not be built: see above. Is the Go module proxy in reach?`;
  const flags = Object.entries(linked).map(([name, value]) => `-X ${name}=${value}`);
  const small = ["-trimpath", "-ldflags", ["-s", "-w", ...flags].join(" ")];
  const mains = Object.values(programs).map((main) => `${module}${main}`);
  mkdirSync(part, { recursive: true });
  try {
    if (wrapped) {
      const wrapper = join(part, "module");
      mkdirSync(wrapper);
      const within = (...args) => run(go, ["-C", wrapper, ...args], { env, failure, signal });
      await within("mod", "init", "platform.local/build");
      await within("mod", "edit", `-require=${module}@${version}`);
      if (staged !== undefined) {
        const { GoMod } = await download({
          module: `${module}@${version}`,
          folder: part,
          go,
          env,
          signal,
        });
        const replaced = stagedModules(GoMod).map((name) => `-replace=${name}=${name}@${staged}`);
        await within("mod", "edit", ...replaced);
      }
      if (source !== undefined) writeFileSync(join(wrapper, "main.go"), source);
      const target = names.length === 1 ? join(part, names[0]) : `${part}/`;
      const built = source === undefined ? mains : ["."];
      await within("build", ...small, "-o", target, ...built);
      rmSync(wrapper, { recursive: true });
    } else {
      const at = mains.map((main) => `${main}@${version}`);
      await run(go, ["install", ...small, ...at], {
        env: { ...env, GOBIN: part },
        failure,
        signal,
      });
    }
    rmSync(home, { recursive: true, force: true });
    renameSync(part, home);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return paths;
}

/** Modules that Kubernetes replaces by folders of its own tree, which a dependency has not. */
function stagedModules(goMod) {
  const lines = readFileSync(goMod, "utf8").split("\n");
  const found = lines.map((line) => /^\s*(k8s\.io\/\S+) v0\.0\.0(?:\s|$)/.exec(line)?.[1]);
  return [...new Set(found.filter((name) => name !== undefined))];
}

/** @returns what Go says of a module that it has downloaded, its folder among it. */
async function download({ module, folder, go, env, signal }) {
  const downloaded = await run(go, ["-C", folder, "mod", "download", "-json", module], {
    env,
    failure: `${module} could not be downloaded: see above. Is the Go module proxy in reach?`,
    signal,
  });
  return JSON.parse(downloaded.slice(downloaded.indexOf("{")));
}
