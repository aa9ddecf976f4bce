import type { Door } from "./door.ts";
import type { Options } from "./options.ts";
import type { SignedIn, Visitor } from "./session.ts";

/** What a run knows of the deployment that it attacks. */
export interface Deployment {
  readonly options: Options;
  /** The way that browsers take. */
  readonly front: Door;
  /** The way past the proxy, to the app itself, where an address of it was given. */
  readonly app: Door | undefined;
  /** Whoever the cookie file is of, signed in or not. */
  readonly visitor: Visitor | undefined;
  readonly signedIn: SignedIn | undefined;
  /** Why nobody is signed in. */
  readonly signedOutBecause: string;
  /** The client id that the proxy names to its provider. */
  readonly audience: string;
  /** Attributes of every cookie that was set in this run, by the cookie's name. */
  readonly cookiesSeen: ReadonlyMap<string, string>;
  /** Aborts when the time of the run is over. */
  readonly signal: AbortSignal;
}
