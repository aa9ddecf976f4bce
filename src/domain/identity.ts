import { UserId } from "../protocol/ids.ts";
import type { User } from "../protocol/session.ts";
import { ChatError } from "./errors.ts";
import type { Identity } from "./ports/identity.ts";

const MAX_BYTES = 256;

const REFUSALS = {
  absent: "There is no identity in this request.",
  empty: "The identity in this request is empty.",
  doubled: "There is more than one identity in this request.",
  look_alike: "A header of this request could be mistaken for its identity.",
  hop_by_hop: "This request asks for its identity to be dropped.",
  too_long: "The identity in this request is too long.",
  malformed: "The identity in this request is malformed.",
  foreign_host: "In development mode the app answers at a loopback address only.",
  prefix: "The identity in this request does not begin as it must.",
  secret_absent: "This request does not come through the proxy.",
  secret_wrong: "This request does not come through the proxy.",
  proof_absent: "There is no proof of identity in this request.",
  proof_malformed: "The proof of identity in this request is malformed.",
  proof_signature: "The proof of identity in this request is not genuine.",
  proof_kind: "The proof of identity in this request is meant for something else.",
  proof_issuer: "The proof of identity in this request is from someone else.",
  proof_audience: "The proof of identity in this request is meant for someone else.",
  proof_early: "The proof of identity in this request is not valid yet.",
  proof_expired: "The proof of identity in this request has expired.",
  proof_mismatch: "The identity in this request is not the one that is proved.",
  signed_out: "This sign-in has ended.",
} as const;

/** Why a request has no identity: for metrics. */
export type RefusalReason = keyof typeof REFUSALS;

/** `unauthenticated`, with its reason. The message holds nothing of the request. */
export class IdentityRefused extends ChatError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, options: ErrorOptions = {}) {
    super("unauthenticated", REFUSALS[reason], options);
    this.reason = reason;
  }
}

/**
 * A user id from text that a proxy or a proof gave.
 * @throws IdentityRefused `empty`, `too_long`, `malformed`.
 */
export function parseUserId(text: string): UserId {
  if (text.trim() === "") throw new IdentityRefused("empty");
  if (new TextEncoder().encode(text).length > MAX_BYTES) throw new IdentityRefused("too_long");
  if (text !== text.trim() || /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) {
    throw new IdentityRefused("malformed");
  }
  return UserId.parse(text);
}

/** What a user sees of an identity. */
export function userOf(identity: Identity): User & { readonly id: UserId } {
  const { userId, name, email, groups } = identity;
  return {
    id: userId,
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    groups: [...groups],
  };
}
