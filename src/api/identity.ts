import type { MiddlewareHandler } from "hono";
import { ChatError } from "../domain/errors.ts";
import { UserId } from "../protocol/ids.ts";
import type { User } from "../protocol/session.ts";
import { type Authenticated, rawHeadersOf } from "./context.ts";

const MAX_BYTES = 256;

/** Who sends a request. */
export interface Identity {
  readonly userId: UserId;
  readonly name?: string;
  readonly email?: string;
  readonly groups: readonly string[];
}

/** How a request tells who sends it. */
export type IdentityConfig =
  /** The proxy in front sets one header, and removes every copy a client sends. */
  | { readonly mode: "header"; readonly header: string }
  /** One local user. `publicHost`: a name that may stand in `Host` besides the loopback ones. */
  | { readonly mode: "dev"; readonly publicHost?: string | undefined };

const REFUSALS = {
  absent: "There is no identity in this request.",
  empty: "The identity in this request is empty.",
  doubled: "There is more than one identity in this request.",
  look_alike: "A header of this request could be mistaken for its identity.",
  hop_by_hop: "This request asks for its identity to be dropped.",
  too_long: "The identity in this request is too long.",
  malformed: "The identity in this request is malformed.",
  foreign_host: "In development mode the app answers at a loopback address only.",
} as const;

/** Why a request has no identity: for metrics. */
export type RefusalReason = keyof typeof REFUSALS;

/** `unauthenticated`, with its reason. The message holds nothing of the request. */
export class IdentityRefused extends ChatError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super("unauthenticated", REFUSALS[reason]);
    this.reason = reason;
  }
}

/** Header names and values in turn, as `IncomingMessage.rawHeaders` has them. */
export type RawHeaders = readonly string[];

/** Tells who sends a request. @throws IdentityRefused where that is absent or ambiguous. */
export type ReadIdentity = (headers: RawHeaders) => Identity;

/** The one decision about identity, for requests and for upgrades alike. */
export function createIdentity(config: IdentityConfig): ReadIdentity {
  switch (config.mode) {
    case "header":
      return (headers) => ({ userId: userIdIn(headers, config.header), groups: [] });
    case "dev":
      return (headers) => localUser(headers, config.publicHost);
    default:
      throw config satisfies never;
  }
}

/** Puts the identity into the context, or ends the request with `unauthenticated`. */
export function identityMiddleware(
  readIdentity: ReadIdentity,
  refused: (reason: RefusalReason) => void,
): MiddlewareHandler<Authenticated> {
  return async function identity(c, next) {
    try {
      c.set("identity", readIdentity(rawHeadersOf(c)));
    } catch (error) {
      if (error instanceof IdentityRefused) refused(error.reason);
      throw error;
    }
    await next();
  };
}

/** What a user sees of an identity. */
export function userOf(identity: Identity): User {
  const { userId, name, email, groups } = identity;
  return {
    id: userId,
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    groups: [...groups],
  };
}

function userIdIn(headers: RawHeaders, header: string): UserId {
  const name = header.toLowerCase();
  const values: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const given = headers[index]?.toLowerCase() ?? "";
    const value = headers[index + 1] ?? "";
    if (given === name) values.push(value);
    // Some proxies and servers take `_` for `-`: what one of them lets through, another believes.
    else if (dashed(given) === dashed(name)) throw new IdentityRefused("look_alike");
    // A proxy that honours this would drop the true header and leave the request to a fallback.
    else if (given === "connection" && namesHeader(value, name)) {
      throw new IdentityRefused("hop_by_hop");
    }
  }
  const [value, ...more] = values;
  if (value === undefined) throw new IdentityRefused("absent");
  // A proxy joins two of a name to one line, so a comma is the only sign of a client's copy.
  if (more.length > 0 || value.includes(",")) throw new IdentityRefused("doubled");
  return decode(value);
}

/** Node gives a header's bytes as Latin-1; proxies send UTF-8. */
function decode(value: string): UserId {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length === 0) throw new IdentityRefused("empty");
  if (bytes.length > MAX_BYTES) throw new IdentityRefused("too_long");
  const text = bytes.toString("utf8");
  // Bytes that are no UTF-8 become U+FFFD, and two users would become one.
  if (!Buffer.from(text, "utf8").equals(bytes)) throw new IdentityRefused("malformed");
  if (text.trim() === "") throw new IdentityRefused("empty");
  if (text !== text.trim() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) {
    throw new IdentityRefused("malformed");
  }
  return UserId.parse(text);
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

function dashed(name: string): string {
  return name.replaceAll("_", "-");
}

function namesHeader(connection: string, name: string): boolean {
  return connection.split(",").some((token) => dashed(token.trim().toLowerCase()) === dashed(name));
}
