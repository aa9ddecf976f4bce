import { createHash } from "node:crypto";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { IdentityRefused, type RefusalReason } from "../domain/identity.ts";
import type { Proof, ProofVerifier } from "../domain/ports/identity.ts";
import { type ClaimRules, readClaims } from "./read-claims.ts";

/** Proofs that are known to be genuine, kept in one process. */
const MAX_KNOWN = 10_000;
/** How long one is taken for genuine without a look at the issuer's keys, in ms. */
const KNOWN_MS = 60_000;
/** Of an ID token. An access token (`at+jwt`) was not made to prove who somebody is. */
const TYPES: ReadonlySet<string> = new Set(["jwt", "application/jwt"]);

/** What a proof must be. */
export interface ProofRules extends ClaimRules {
  readonly issuer: string;
  /** The clients for which it may be made out. */
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
}

/** Checks OpenID Connect ID tokens with the issuer's keys. */
export function createProofVerifier(
  rules: ProofRules,
  getKey: JWTVerifyGetKey,
  now: () => number = Date.now,
): ProofVerifier {
  /** By hash, the longest unused first: a page sends the same proof with each of its requests. */
  const known = new Map<string, { readonly proof: Proof; readonly until: number }>();

  async function check(proof: string): Promise<Proof> {
    try {
      const { payload, protectedHeader } = await verifySignature(proof, getKey, {
        issuer: rules.issuer,
        audience: [...rules.audience],
        algorithms: [...rules.algorithms],
        clockTolerance: rules.clockToleranceSeconds,
        requiredClaims: ["exp", "iat", rules.claim],
        currentDate: new Date(now()),
      });
      if (!TYPES.has((protectedHeader.typ ?? "jwt").toLowerCase())) {
        throw new IdentityRefused("proof_kind");
      }
      checkPayload(payload);
      return readClaims(payload, rules, proof);
    } catch (error) {
      if (error instanceof errors.JOSEError) {
        throw new IdentityRefused(reasonOf(error), { cause: error });
      }
      throw error;
    }
  }

  /** What the library leaves to us. */
  function checkPayload({ aud, azp, iat = 0, typ, events }: JWTPayload): void {
    if (Array.isArray(aud) && aud.length > 1) {
      const isOurs = typeof azp === "string" && rules.audience.includes(azp);
      if (!isOurs) throw new IdentityRefused("proof_audience");
    }
    if (iat * 1_000 > now() + rules.clockToleranceSeconds * 1_000) {
      throw new IdentityRefused("proof_early");
    }
    // Keycloak says here what its tokens are for; a logout token has `events`.
    if ((typeof typ === "string" && typ !== "ID") || events !== undefined) {
      throw new IdentityRefused("proof_kind");
    }
  }

  return {
    async verify(token, mayTry) {
      const hash = createHash("sha256").update(token).digest("base64");
      const entry = known.get(hash);
      known.delete(hash);
      if (entry !== undefined && entry.until > now()) {
        known.set(hash, entry);
        return entry.proof;
      }
      mayTry?.();
      const proof = await check(token);
      known.set(hash, { proof, until: Math.min(now() + KNOWN_MS, proof.signIn.endsAt) });
      const [oldest] = known.keys();
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
      return proof;
    },
  };
}

/** Without a key's name, any key of the set may have signed. */
async function verifySignature(
  proof: string,
  getKey: JWTVerifyGetKey,
  options: Parameters<typeof jwtVerify>[2],
) {
  try {
    return await jwtVerify(proof, getKey, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return await jwtVerify(proof, key, options);
      } catch (other) {
        if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

const BY_CLAIM: Readonly<Record<string, RefusalReason>> = {
  iss: "proof_issuer",
  aud: "proof_audience",
  nbf: "proof_early",
};
const SIGNATURE_CODES: ReadonlySet<string> = new Set([
  "ERR_JOSE_ALG_NOT_ALLOWED",
  "ERR_JOSE_NOT_SUPPORTED",
  "ERR_JWKS_NO_MATCHING_KEY",
  "ERR_JWK_INVALID",
  "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
]);

function reasonOf(error: errors.JOSEError): RefusalReason {
  if (error instanceof errors.JWTExpired) return "proof_expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return BY_CLAIM[error.claim] ?? "proof_malformed";
  }
  return SIGNATURE_CODES.has(error.code) ? "proof_signature" : "proof_malformed";
}
