import { execFile } from "node:child_process";
import { PROJECT, readTools } from "../tools.ts";

/** What a program said. */
export interface Said {
  readonly stdout: string;
  readonly stderr: string;
  /** 0 where all went well. */
  readonly code: number;
}

// biome-ignore lint/suspicious/noExplicitAny: what an API server answers, and its schemas have checked.
type Any = any;

/** Programs that talk to one cluster. */
export interface Cluster {
  readonly kubeconfig: string;
  /** @throws Error with its complaint, where it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** The same, whatever comes of it. */
  tryKubectl(args: readonly string[], input?: string): Promise<Said>;
  /** Objects as the API server has them: `get("pods", "-n=chatbot")`. */
  get(...args: readonly string[]): Promise<readonly Any[]>;
  helm(args: readonly string[]): Promise<string>;
  tryHelm(args: readonly string[]): Promise<Said>;
}

/** Longer than anything that is waited for by itself. */
const LIMIT_MS = 600_000;

export function openCluster(kubeconfig: string): Cluster {
  const { programs } = readTools();

  function call(program: "kubectl" | "helm", args: readonly string[], input = ""): Promise<Said> {
    return new Promise((resolve) => {
      const child = execFile(
        programs[program],
        args,
        {
          cwd: PROJECT,
          env: { ...process.env, KUBECONFIG: kubeconfig, HELM_NO_PLUGINS: "1" },
          maxBuffer: 64 * 1024 * 1024,
          timeout: LIMIT_MS,
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
          resolve({ stdout, stderr, code });
        },
      );
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input);
    });
  }

  async function must(program: "kubectl" | "helm", args: readonly string[], input?: string) {
    const { stdout, stderr, code } = await call(program, args, input);
    if (code === 0) return stdout;
    throw new Error(`${program} ${args.join(" ")}: ${(stderr || stdout).slice(-3_000)}`);
  }

  return {
    kubeconfig,
    kubectl: (args, input) => must("kubectl", args, input),
    tryKubectl: (args, input) => call("kubectl", args, input),
    async get(...args) {
      return JSON.parse(await must("kubectl", ["get", "-o=json", ...args])).items;
    },
    helm: (args) => must("helm", args),
    tryHelm: (args) => call("helm", args),
  };
}
