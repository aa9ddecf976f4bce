import { createPublicKey } from "node:crypto";
import * as z from "zod/mini";
import { attackFamilies } from "./attacks.ts";
import { BudgetSpent, createBudget } from "./budget.ts";
import { forgedChecks } from "./checks/forged.ts";
import { HEADER_CHECKS } from "./checks/headers.ts";
import { LIMIT_CHECKS } from "./checks/limits.ts";
import { NEIGHBOUR_CHECKS } from "./checks/neighbours.ts";
import { SAME_SITE_CHECKS } from "./checks/same-site.ts";
import { SIGN_IN_CHECKS } from "./checks/sign-in.ts";
import { STREAM_CHECKS } from "./checks/streams.ts";
import type { Deployment } from "./deployment.ts";
import { type Answer, createDoor, type Door } from "./door.ts";
import type { Options } from "./options.ts";
import type { Check, Finding } from "./outcome.ts";
import type { ProviderKey } from "./proofs.ts";
import { json, signIn } from "./session.ts";

/** Requests of one run, at most. */
const MAX_REQUESTS = 2_000;

const NOBODY = { visitor: undefined, signedIn: undefined };

/** Why nothing could be checked at all, in words. */
export class CannotCheck extends Error {
  override readonly name = "CannotCheck";
}

/** What a run found. */
export interface Report {
  readonly url: string;
  readonly findings: readonly Finding[];
  /** What was asked for and could not be done: a cookie that is not accepted, a time that was too short. */
  readonly trouble: readonly string[];
}

/** Every check, in the order in which they run; `options` fill in the attacks. */
export function allChecks(
  options: Options,
  audience = "",
  keys: readonly ProviderKey[] = [],
): readonly Check[] {
  const victim = `doctor-${crypto.randomUUID()}`;
  return [
    ...SIGN_IN_CHECKS,
    ...forgedChecks(attackFamilies(options, victim, audience, keys)),
    ...NEIGHBOUR_CHECKS,
    ...SAME_SITE_CHECKS,
    ...HEADER_CHECKS,
    ...LIMIT_CHECKS,
    ...STREAM_CHECKS,
  ];
}

/**
 * Attacks a deployment, and tells of each check as it ends.
 * @throws CannotCheck where nobody answers.
 */
export async function runChecks(
  options: Options,
  onFinding: (finding: Finding) => void,
): Promise<Report> {
  const budget = createBudget(MAX_REQUESTS, options.deadlineMs);
  const { url, via, ca, insecure } = options;
  const cookiesSeen = new Map<string, string>();
  const front = watchCookies(createDoor({ url, via, ca, insecure, budget }), cookiesSeen);
  const app = options.appUrl && createDoor({ url, via: options.appUrl, ca, insecure, budget });

  const first = await front
    .call({ path: "/", headers: [["Accept", "text/html"]] })
    .catch((cause) => {
      throw new CannotCheck(`${(via ?? url).origin} does not answer: ${reasonOf(cause)}.`, {
        cause,
      });
    });
  const trouble: string[] = [];
  const { visitor, signedIn } =
    options.cookies === undefined ? NOBODY : await signIn(front, options.cookies);
  if (options.cookies !== undefined && signedIn === undefined) {
    trouble.push("The cookie of --cookie-file signs nobody in: take it anew from a browser.");
  }
  const deployment: Deployment = {
    options,
    front,
    app,
    visitor,
    signedIn,
    signedOutBecause:
      options.cookies === undefined
        ? "nobody is signed in: --cookie-file names no file"
        : "the cookie signs nobody in",
    audience: audienceIn(first),
    cookiesSeen,
    signal: budget.signal,
  };
  const keys = await providerKeys(options, trouble);
  const checks = allChecks(options, deployment.audience, keys).filter(
    ({ id }) => options.only === undefined || options.only.has(id),
  );
  // What is held takes long: it begins with the rest, and is told of last.
  const long = checks.filter(({ id }) => LONG.has(id));
  const begun = long.map((check) => runCheck(check, deployment));
  const findings: Finding[] = [];
  const tell = (finding: Finding) => {
    findings.push(finding);
    onFinding(finding);
  };
  for (const check of checks) if (!long.includes(check)) tell(await runCheck(check, deployment));
  for (const finding of begun) tell(await finding);
  if (budget.signal.aborted) {
    trouble.push(`The run was not over after ${options.deadlineMs / 1_000} s: raise --seconds.`);
  }
  return { url: url.href, findings, trouble };
}

const LONG: ReadonlySet<string> = new Set(["stream-held", "socket-held", "socket-silent"]);

async function runCheck(check: Check, deployment: Deployment): Promise<Finding> {
  const { id, what } = check;
  try {
    return { id, what, ...(await check.run(deployment)) };
  } catch (error) {
    const detail =
      error instanceof BudgetSpent ? error.message : `it could not be asked: ${reasonOf(error)}`;
    return { id, what, verdict: "not checked", detail };
  }
}

/** The attributes of a cookie; its value is nobody's business. */
function watchCookies(door: Door, seen: Map<string, string>): Door {
  return {
    ...door,
    async call(call) {
      const answer = await door.call(call);
      for (const line of answer.setCookies) {
        const end = line.indexOf(";");
        seen.set(line.slice(0, line.indexOf("=")), end < 0 ? "" : line.slice(end));
      }
      return answer;
    },
  };
}

/** The client id that a redirect to the provider names. */
function audienceIn({ headers: { location } }: Answer): string {
  if (location === undefined || !URL.canParse(location)) return "chatbot";
  return new URL(location).searchParams.get("client_id") ?? "chatbot";
}

const Discovery = z.object({ jwks_uri: z.string() });
const KeySet = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.optional(z.string()) })),
});
const MAX_KEYS = 2;

/** What the provider signs with, as everybody may know it. */
async function providerKeys(options: Options, trouble: string[]): Promise<readonly ProviderKey[]> {
  const { issuer, ca, insecure } = options;
  if (issuer === undefined) return [];
  try {
    const budget = createBudget(10, 20_000);
    const ask = async (address: string) => {
      const url = new URL(address);
      const door = createDoor({ url, ca, insecure, budget });
      return json((await door.call({ path: `${url.pathname}${url.search}` })).body);
    };
    const discovery = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const { jwks_uri } = Discovery.parse(await ask(discovery));
    const { keys } = KeySet.parse(await ask(jwks_uri));
    return keys
      .filter(({ kty }) => kty === "RSA" || kty === "EC")
      .slice(0, MAX_KEYS)
      .map(({ kid = "", ...jwk }) => ({
        kid,
        pem: createPublicKey({ key: jwk, format: "jwk" })
          .export({ type: "spki", format: "pem" })
          .toString(),
      }));
  } catch (error) {
    trouble.push(`The issuer tells no keys: ${reasonOf(error)}.`);
    return [];
  }
}

/** An error in a few words, without anything that was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const code = "code" in error ? String(error.code) : "";
  if (code === "ABORT_ERR" || error.name === "TimeoutError") return "no answer in time";
  return code === "" ? error.message.slice(0, 200) : code;
}
