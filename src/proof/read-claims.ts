import { createHash } from "node:crypto";
import type { JWTPayload } from "jose";
import * as z from "zod/mini";
import { IdentityRefused } from "../domain/identity.ts";
import type { Proof } from "../domain/ports/identity.ts";

const MAX_GROUPS = 500;
const MAX_LENGTH = 256;

/** A display name or an address: what is not fit to be shown is left out, and nothing depends on it. */
const Shown = z.catch(
  z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_LENGTH), z.regex(/^[^\p{Cc}]+$/u))),
  undefined,
);
const Claims = z.object({
  exp: z.number(),
  iat: z.number(),
  name: Shown,
  preferred_username: Shown,
  email: Shown,
  email_verified: z.catch(z.optional(z.boolean()), undefined),
  sid: z.catch(z.optional(z.string().check(z.minLength(1))), undefined),
  auth_time: z.catch(z.optional(z.number()), undefined),
});

/** Which claims say what, and by how much clocks may differ. */
export interface ClaimRules {
  readonly claim: string;
  readonly groupsClaim: string;
  readonly clockToleranceSeconds: number;
}

/**
 * What a genuine proof says. @throws IdentityRefused `proof_malformed` where it names no user.
 */
export function readClaims(payload: JWTPayload, rules: ClaimRules, proof: string): Proof {
  const claims = Claims.safeParse(payload).data;
  const subject = z.string().safeParse(payload[rules.claim]).data;
  if (claims === undefined || subject === undefined) throw new IdentityRefused("proof_malformed");
  const name = claims.name ?? claims.preferred_username;
  const { email, email_verified, sid, auth_time, exp, iat } = claims;
  // One that is refreshed keeps its session, and the time at which somebody typed a password.
  const session = sid ?? (auth_time === undefined ? proof : `${subject}\n${auth_time}`);
  return {
    subject,
    ...(name !== undefined && { name }),
    ...(email !== undefined && email_verified !== false && { email }),
    groups: groupsOf(payload[rules.groupsClaim]),
    signIn: {
      id: createHash("sha256").update(`${payload.iss}\n${session}`).digest("base64url"),
      issuedAt: iat,
      endsAt: exp * 1_000,
      refusedAt: (exp + rules.clockToleranceSeconds) * 1_000,
    },
  };
}

function groupsOf(value: unknown): readonly string[] {
  const groups = Array.isArray(value) ? value : [value];
  return groups
    .filter((group) => typeof group === "string" && group !== "" && group.length <= MAX_LENGTH)
    .slice(0, MAX_GROUPS);
}
