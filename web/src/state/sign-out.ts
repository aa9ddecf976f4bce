import { ApiError } from "../api/http.ts";
import { ownStorage } from "./own-storage.ts";

/** On which a page whose reader signs out tells the others of this browser. */
const CHANNEL = "chatbot:signed-out";

/** What a sign-out is made of, and whom it concerns. */
export interface SignOutDeps {
  /** Ends the sign-in on the server; where to go then. @throws ApiError */
  readonly signOut: () => Promise<string | undefined>;
  /** Lets go of everything that this page holds open or keeps. */
  readonly leave: () => void;
  readonly tell: (words: string) => void;
}

/**
 * Signs out, here and in the other tabs. To sign out is to leave this device: what it keeps of the
 * reader goes, drafts and unsent messages among it. A sign-in that merely expires takes nothing away.
 */
export function createSignOut({ signOut, leave, tell }: SignOutDeps): () => Promise<void> {
  const forget = () => {
    leave();
    ownStorage.forget();
  };
  const others = new BroadcastChannel(CHANNEL);
  others.onmessage = forget;

  return async () => {
    let redirect: string | undefined;
    try {
      redirect = await signOut();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Who is signed out already is signed out.
      if (error.code !== "unauthenticated") return tell(error.message);
    }
    forget();
    others.postMessage("signed-out");
    if (redirect) location.assign(redirect);
  };
}
