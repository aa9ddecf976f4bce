import type { UserId } from "../../protocol/ids.ts";

/** One sign-in, as far as its proof tells it from others of the same user. */
export interface SignIn {
  /** Names it; of no meaning to anyone else, and no secret. */
  readonly id: string;
  /** When its proof was issued, in seconds since 1970, by the clock of who issued it. */
  readonly issuedAt: number;
  /** When its proof ends, in ms since 1970. */
  readonly endsAt: number;
  /** When it is refused, in ms since 1970: later, by how much clocks may differ. */
  readonly refusedAt: number;
}

/** Who sends a request. */
export interface Identity {
  readonly userId: UserId;
  readonly name?: string;
  readonly email?: string;
  readonly groups: readonly string[];
  /** Absent where the proxy's word is all there is. */
  readonly signIn?: SignIn;
}

/** What a proof says, once it is known to be genuine. */
export interface Proof {
  /** The claim that names the user, as it is. */
  readonly subject: string;
  readonly name?: string;
  readonly email?: string;
  readonly groups: readonly string[];
  readonly signIn: SignIn;
}

/**
 * Checks proofs of identity.
 * @throws IdentityRefused with the reason; ChatError `unavailable` where nobody can tell right now.
 */
export interface ProofVerifier {
  verify(proof: string, mayTry?: () => void): Promise<Proof>;
}

/** Which sign-ins have ended before their proof did, and who has to be told of it. */
export interface SignOuts {
  /**
   * Ends the sign-in of `identity` for every process, and tells all that is open for its user. A
   * user without a proof has no sign-in that could be told from the next: what is open hears of it.
   * @throws ChatError `unavailable`.
   */
  end(identity: Identity): Promise<void>;
  /**
   * Whether its sign-in has ended. Without a proof only what is open can tell: whether its user has
   * signed out `since` it was opened, in ms since 1970. @throws ChatError `unavailable`.
   */
  has(identity: Identity, since?: number): Promise<boolean>;
}
