import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import * as z from "zod/mini";
import { readSecrets } from "./api/proxy-secret.ts";
import {
  checked,
  headerProblem,
  integer,
  jsonProblem,
  listOf,
  named,
  proofHeaderProblem,
} from "./config-values.ts";

/** Shorter ones can be guessed. */
const SHORTEST_SECRET = 16;
/** Signatures that whoever can check them cannot make. */
const ALGORITHMS: ReadonlySet<string> = new Set([
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
]);
const PROOF_MODES: readonly (string | undefined)[] = ["jwt", "header+jwt"];

/** What the usual proxies do, where nothing else is said. */
const PRESETS = {
  "oauth2-proxy": {
    AUTH_USERID_HEADER: "X-Forwarded-User",
    AUTH_SIGN_OUT_URL: "/oauth2/sign_out",
  },
  "ext-authz": {
    AUTH_USERID_HEADER: "X-Auth-Request-User",
    AUTH_SIGN_OUT_URL: "/oauth2/sign_out",
  },
  "oidc-authservice": { AUTH_USERID_HEADER: "kubeflow-userid" },
} as const;

const isPreset = (name: string | undefined): name is keyof typeof PRESETS =>
  name !== undefined && Object.hasOwn(PRESETS, name);

/** The part of the environment that is about who sends a request. */
export const AuthEnvironment = z.object({
  AUTH_MODE: z._default(
    named({ header: "header", jwt: "jwt", "header+jwt": "header+jwt", dev: "dev" }),
    "header",
  ),
  AUTH_PRESET: z.optional(
    z
      .string()
      .check(
        checked((name) =>
          isPreset(name) ? undefined : `is none of ${Object.keys(PRESETS).join(", ")}`,
        ),
      ),
  ),
  AUTH_USERID_HEADER: z._default(z.string().check(checked(headerProblem)), "X-Forwarded-User"),
  AUTH_USERID_PREFIX: z.optional(z.string().check(z.maxLength(128))),
  AUTH_JWT_HEADER: z._default(z.string().check(checked(proofHeaderProblem)), "Authorization"),
  AUTH_JWT_ISSUER: z.optional(z.string().check(checked(httpUrlProblem))),
  AUTH_JWT_AUDIENCE: z.optional(z.string()),
  AUTH_JWT_JWKS: z.optional(z.string()),
  AUTH_JWT_CLAIM: z._default(z.string(), "sub"),
  AUTH_JWT_GROUPS_CLAIM: z._default(z.string(), "groups"),
  AUTH_JWT_ALGORITHMS: z._default(
    z.string().check(checked(algorithmsProblem)),
    "RS256,PS256,ES256,ES384,EdDSA",
  ),
  AUTH_JWT_CLOCK_TOLERANCE_SECONDS: z._default(integer(0, 300), 30),
  AUTH_PROXY_SECRET_FILE: z.optional(z.string()),
  AUTH_PROXY_SECRET_HEADER: z._default(z.string().check(checked(headerProblem)), "X-Proxy-Secret"),
  AUTH_SIGN_OUT_URL: z.optional(z.string().check(checked(signOutProblem))),
  TRUSTED_PROXIES: z.optional(z.string().check(checked(networksProblem))),
  MAX_SOCKET_AGE_SECONDS: z._default(integer(10, 604_800), 43_200),
  USER_SOCKETS: z._default(integer(1, 100_000), 100),
  USER_REQUESTS_PER_SECOND: z._default(integer(0, 100_000), 200),
});

type Set = Readonly<Record<string, string>>;

/** What is set, over what the preset sets. */
export function withPreset(set: Set): Set {
  return isPreset(set.AUTH_PRESET) ? { ...PRESETS[set.AUTH_PRESET], ...set } : set;
}

/** What is wrong with these variables together. A worker has the same ones, but none of the files. */
export function authProblems(set: Set): string[] {
  const { AUTH_MODE = "header", AUTH_JWT_ISSUER, AUTH_JWT_AUDIENCE = "", AUTH_JWT_JWKS } = set;
  const problems: string[] = [];
  const mode = AUTH_MODE.toLowerCase();
  if (set.ROLE?.toLowerCase() === "worker" || mode === "dev") return problems;
  const secret = set.AUTH_PROXY_SECRET_FILE && secretProblem(set.AUTH_PROXY_SECRET_FILE);
  if (secret) problems.push(`AUTH_PROXY_SECRET_FILE ${secret}.`);
  if (!PROOF_MODES.includes(mode)) return problems;
  if (AUTH_JWT_ISSUER === undefined)
    problems.push(`AUTH_JWT_ISSUER is needed by AUTH_MODE ${mode}.`);
  // Without one, a proof made out for any other program of the issuer would do.
  if (listOf(AUTH_JWT_AUDIENCE).length === 0) {
    problems.push(`AUTH_JWT_AUDIENCE is needed by AUTH_MODE ${mode}.`);
  }
  const keys = AUTH_JWT_JWKS && keysProblem(AUTH_JWT_JWKS);
  if (keys) problems.push(`AUTH_JWT_JWKS ${keys}.`);
  return problems;
}

/** Who may ask for what, how often, and how long. */
export function authOf(env: z.output<typeof AuthEnvironment>, publicOrigin: string | undefined) {
  const header = { header: env.AUTH_USERID_HEADER, prefix: env.AUTH_USERID_PREFIX };
  const proof = { proofHeader: env.AUTH_JWT_HEADER, prefix: env.AUTH_USERID_PREFIX };
  const auth = {
    header: { mode: "header", ...header },
    jwt: { mode: "jwt", ...proof },
    "header+jwt": { mode: "header+jwt", ...header, ...proof },
    dev: { mode: "dev", publicHost: publicOrigin && new URL(publicOrigin).host },
  } as const;
  return {
    auth: auth[env.AUTH_MODE],
    /** Undefined where no proof is asked for. */
    proof: PROOF_MODES.includes(env.AUTH_MODE)
      ? {
          issuer: env.AUTH_JWT_ISSUER ?? "",
          audience: listOf(env.AUTH_JWT_AUDIENCE ?? ""),
          /** A URL, or the path of a file. */
          keys: env.AUTH_JWT_JWKS,
          claim: env.AUTH_JWT_CLAIM,
          groupsClaim: env.AUTH_JWT_GROUPS_CLAIM,
          algorithms: listOf(env.AUTH_JWT_ALGORITHMS),
          clockToleranceSeconds: env.AUTH_JWT_CLOCK_TOLERANCE_SECONDS,
        }
      : undefined,
    proxySecret:
      env.AUTH_PROXY_SECRET_FILE === undefined || env.AUTH_MODE === "dev"
        ? undefined
        : { file: env.AUTH_PROXY_SECRET_FILE, header: env.AUTH_PROXY_SECRET_HEADER },
    signOutUrl: env.AUTH_SIGN_OUT_URL,
    trustedProxies: listOf(env.TRUSTED_PROXIES ?? ""),
    maxSocketAgeMs: env.MAX_SOCKET_AGE_SECONDS * 1_000,
    /** Sockets and event streams of one user in one process. */
    userSockets: env.USER_SOCKETS,
    userRequestsPerSecond: env.USER_REQUESTS_PER_SECOND,
  };
}

function httpUrlProblem(value: string): string | undefined {
  return /^https?:\/\/[^/]/.test(value) && URL.canParse(value)
    ? undefined
    : "is no URL that begins with http:// or https://";
}

function keysProblem(value: string): string | undefined {
  if (/^https?:/.test(value)) return httpUrlProblem(value);
  return /^[[{]/.test(value) ? "is neither a URL nor the path of a file" : jsonProblem(value);
}

function algorithmsProblem(value: string): string | undefined {
  const algorithms = listOf(value);
  const isGood = algorithms.length > 0 && algorithms.every((name) => ALGORITHMS.has(name));
  return isGood ? undefined : `has something else than ${[...ALGORITHMS].join(", ")}`;
}

/** The problem never tells what the file holds. */
function secretProblem(path: string): string | undefined {
  try {
    const secrets = readSecrets(readFileSync(path, "utf8"));
    const isGood = secrets.length > 0 && secrets.every(({ length }) => length >= SHORTEST_SECRET);
    return isGood ? undefined : `names a file without secrets of ${SHORTEST_SECRET} characters`;
  } catch {
    return "names no file that can be read";
  }
}

/** A path of this origin, or another address: never a script. */
function signOutProblem(value: string): string | undefined {
  const isPath = /^\/(?![/\\])/.test(value);
  return isPath || httpUrlProblem(value) === undefined ? undefined : "is neither a path nor a URL";
}

function networksProblem(value: string): string | undefined {
  const isNetwork = (network: string) => {
    const [address = "", bits, ...more] = network.split("/");
    const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isLength = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
    return longest > 0 && isLength && more.length === 0;
  };
  return listOf(value).every(isNetwork) ? undefined : "is no list of networks, such as 10.0.0.0/8";
}
