import type { MiddlewareHandler } from "hono";
import { IdentityRefused, parseUserId, type RefusalReason } from "../domain/identity.ts";
import type { Identity, Proof, ProofVerifier, SignOuts } from "../domain/ports/identity.ts";
import { UserId } from "../protocol/ids.ts";
import { type Authenticated, rawHeadersOf } from "./context.ts";
import { decodeHeader, onlyValue, type RawHeaders } from "./identity-headers.ts";
import type { CheckProxySecret } from "./proxy-secret.ts";
import type { RateLimits } from "./rate-limits.ts";
import { limited } from "./request-limits.ts";

/** Bytes of a header with a user id: its prefix, and the longest id. */
const MAX_USER_BYTES = 512;
const MAX_PROOF_BYTES = 16 * 1024;

/** How a request tells who sends it. */
export type IdentityConfig =
  /** The proxy in front sets one header, and removes every copy a client sends. */
  | {
      readonly mode: "header";
      readonly header: string;
      /** Stands before every user id, and is no part of it. */
      readonly prefix?: string | undefined;
    }
  /** A proof in one header names the user. */
  | { readonly mode: "jwt"; readonly proofHeader: string; readonly prefix?: string | undefined }
  /** Both, and they agree. */
  | {
      readonly mode: "header+jwt";
      readonly header: string;
      readonly prefix?: string | undefined;
      readonly proofHeader: string;
    }
  /** One local user. `publicHost`: a name that may stand in `Host` besides the loopback ones. */
  | { readonly mode: "dev"; readonly publicHost?: string | undefined };

/** What decides about identity, as far as the mode needs it. */
export interface IdentityDeps {
  readonly verifier?: ProofVerifier | undefined;
  readonly checkSecret?: CheckProxySecret | undefined;
  readonly signOuts?: Pick<SignOuts, "has"> | undefined;
}

/**
 * Tells who sends a request. `mayTry` is called before anything that costs much, and may throw.
 * @throws IdentityRefused where that is absent, ambiguous or not proved; ChatError `unavailable`.
 */
export type ReadIdentity = (headers: RawHeaders, mayTry?: () => void) => Promise<Identity>;

/** The one decision about identity, for requests and for upgrades alike. */
export function createIdentity(config: IdentityConfig, deps: IdentityDeps = {}): ReadIdentity {
  if (config.mode === "dev") return async (headers) => localUser(headers, config.publicHost);
  const identify = createIdentify(config, deps.verifier);
  return async (headers, mayTry) => {
    await deps.checkSecret?.(headers);
    const identity = await identify(headers, mayTry);
    if (await deps.signOuts?.has(identity)) throw new IdentityRefused("signed_out");
    return identity;
  };
}

type Proven = Exclude<IdentityConfig, { readonly mode: "dev" }>;

function createIdentify(config: Proven, verifier: ProofVerifier | undefined): ReadIdentity {
  const prefix = config.prefix ?? "";
  if (config.mode === "header") {
    return async (headers) => ({ userId: userIdIn(headers, config.header, prefix), groups: [] });
  }
  if (verifier === undefined) throw new Error(`${config.mode} needs something to check proofs`);
  const prove = async (headers: RawHeaders, mayTry: (() => void) | undefined) => {
    const proof = proofIn(headers, config.proofHeader);
    return await verifier.verify(proof, mayTry);
  };
  if (config.mode === "jwt") {
    return async (headers, mayTry) => {
      const proof = await prove(headers, mayTry);
      return identityOf(parseUserId(withoutPrefix(trimmed(proof.subject), prefix)), proof);
    };
  }
  return async (headers, mayTry) => {
    const userId = userIdIn(headers, config.header, prefix);
    const proof = await prove(headers, mayTry);
    if (trimmed(proof.subject) !== userId) throw new IdentityRefused("proof_mismatch");
    return identityOf(userId, proof);
  };
}

/**
 * Puts the identity into the context, or ends the request with `unauthenticated`. An address that
 * fails too often is `limited`: it may fail no more, and make nobody check a proof that is new here.
 */
export function identityMiddleware(
  readIdentity: ReadIdentity,
  refused: (reason: RefusalReason) => void,
  failures: RateLimits,
): MiddlewareHandler<Authenticated> {
  return async function identity(c, next) {
    const address = c.get("address");
    const mayTry = () => {
      if (address !== undefined && !failures.has(address)) throw limited();
    };
    try {
      c.set("identity", await readIdentity(rawHeadersOf(c), mayTry));
    } catch (error) {
      if (!(error instanceof IdentityRefused)) throw error;
      refused(error.reason);
      if (address !== undefined && !failures.take(address)) throw limited();
      throw error;
    }
    await next();
  };
}

function userIdIn(headers: RawHeaders, header: string, prefix: string): UserId {
  const value = onlyValue(headers, header, MAX_USER_BYTES);
  if (value === undefined) throw new IdentityRefused("absent");
  return parseUserId(withoutPrefix(decodeHeader(value), prefix));
}

function withoutPrefix(text: string, prefix: string): string {
  if (!text.startsWith(prefix)) throw new IdentityRefused("prefix");
  return text.slice(prefix.length);
}

/** In `Authorization` behind its scheme; proxies that have a header of their own send it bare. */
function proofIn(headers: RawHeaders, header: string): string {
  const value = onlyValue(headers, header, MAX_PROOF_BYTES);
  const [, scheme, proof] = /^(?:(\S+) +)?(\S+)$/.exec(value ?? "") ?? [];
  if (proof === undefined) throw new IdentityRefused("proof_absent");
  const isBare = scheme === undefined && header.toLowerCase() !== "authorization";
  if (!isBare && scheme?.toLowerCase() !== "bearer") throw new IdentityRefused("proof_absent");
  return proof;
}

function identityOf(userId: UserId, { subject: _, ...rest }: Proof): Identity {
  return { userId, ...rest };
}

/** Without the blanks around it, as a header loses them on its way. */
function trimmed(subject: string): string {
  return subject.replace(/^[ \t]+|[ \t]+$/g, "");
}

const LOCAL_USER: Identity = { userId: UserId.parse("local"), name: "Local user", groups: [] };
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Without a proxy the only guard is the loopback address. A foreign `Host` there means that a web
 * page had its own name point at this machine (DNS rebinding): to the browser it is same-origin.
 */
function localUser(headers: RawHeaders, publicHost: string | undefined): Identity {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toLowerCase() !== "host") continue;
    const host = headers[index + 1] ?? "";
    if (!LOOPBACK.test(host) && host.toLowerCase() !== publicHost) {
      throw new IdentityRefused("foreign_host");
    }
  }
  return LOCAL_USER;
}
