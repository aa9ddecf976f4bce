import * as z from "zod/mini";
import { Session } from "../protocol/session.ts";
import type { Answer, Door, HeaderList } from "./door.ts";

/** Somebody who brings cookies. */
export interface Visitor {
  /** The headers of a request of theirs. */
  headers(): HeaderList;
  readonly cookieNames: readonly string[];
  /** Keeps a cookie that was refreshed. */
  took(answer: Answer): void;
}

/** A visitor whose cookies sign them in. */
export interface SignedIn extends Visitor {
  readonly user: Session["user"];
  readonly limits: Session["limits"];
}

/** The session that an answer shows; undefined where it shows none. */
export function sessionIn(answer: Answer): Session | undefined {
  if (answer.status !== 200) return undefined;
  return z.safeParse(Session, json(answer.body)).data;
}

/** Who comes with these cookies. */
export async function signIn(
  door: Door,
  cookies: string,
): Promise<{ readonly visitor: Visitor; readonly signedIn: SignedIn | undefined }> {
  const jar = new Map(parseCookies(cookies));
  const visitor: Visitor = {
    headers: () => [
      ["Cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; ")],
      ["Accept", "application/json"],
    ],
    cookieNames: [...jar.keys()],
    took({ setCookies }) {
      for (const line of setCookies) {
        const [name, value] = split(line.split(";")[0] ?? "");
        // An empty value ends a session: others of this run still have theirs.
        if (jar.has(name) && value !== "") jar.set(name, value);
      }
    },
  };
  const answer = await door.call({ path: "/api/session", headers: visitor.headers() });
  visitor.took(answer);
  const session = sessionIn(answer);
  const signedIn = session && { ...visitor, user: session.user, limits: session.limits };
  return { visitor, signedIn };
}

/** Names and values of a `Cookie` header, with or without its name. */
function parseCookies(text: string): [string, string][] {
  return text
    .replace(/^\s*cookie:/i, "")
    .split(/[;\n]/)
    .map((part) => part.trim())
    .filter((part) => part.includes("="))
    .map(split);
}

function split(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}

/** JSON, or undefined where it is none. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
