import type { MiddlewareHandler } from "hono";
import { ChatError } from "../domain/errors.ts";
import type { Authenticated } from "./context.ts";

/** What a browser says about where a request comes from. */
export interface RequestSource {
  readonly secFetchSite: string | undefined;
  readonly origin: string | undefined;
  readonly host: string | undefined;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Whether a request that changes something may do so. Each of `Sec-Fetch-Site` and `Origin` must be
 * good where it is there; with neither, the sender is no browser and has no cookies to be abused.
 * `publicOrigin` is the one origin of the app; unset, the origin must match the request's own host.
 */
export function isSameOrigin(source: RequestSource, publicOrigin: string | undefined): boolean {
  if (source.secFetchSite !== undefined && source.secFetchSite !== "same-origin") return false;
  return originMatches(source, publicOrigin);
}

/**
 * The same for a WebSocket's upgrade. A browser always sends `Origin` there, and not every one
 * computes `Sec-Fetch-Site` for `ws:` the same way, so only a plainly foreign one is held against it.
 */
export function mayUpgrade(source: RequestSource, publicOrigin: string | undefined): boolean {
  if (source.secFetchSite === "cross-site" || source.secFetchSite === "same-site") return false;
  return originMatches(source, publicOrigin);
}

/**
 * Ends requests from other sites with `cross_origin`: those that change something, and every one for
 * the socket at `socketPath`.
 */
export function sameOrigin(
  publicOrigin: string | undefined,
  socketPath: string,
): MiddlewareHandler<Authenticated> {
  return async function sameOrigin(c, next) {
    const socket = c.req.path === socketPath;
    if (socket || !SAFE_METHODS.has(c.req.method)) {
      const source = {
        secFetchSite: c.req.header("sec-fetch-site"),
        origin: c.req.header("origin"),
        // Without a server there is no Host header, and the URL is all that tells.
        host: c.req.header("host") ?? new URL(c.req.url).host,
      };
      const check = socket ? mayUpgrade : isSameOrigin;
      if (!check(source, publicOrigin)) {
        throw new ChatError("cross_origin", "This request comes from another site.");
      }
    }
    await next();
  };
}

function originMatches(source: RequestSource, publicOrigin: string | undefined): boolean {
  if (source.origin === undefined) return true;
  if (publicOrigin !== undefined) return source.origin === publicOrigin;
  // "null" and lists of origins are no URLs.
  if (source.host === undefined || !URL.canParse(source.origin)) return false;
  const origin = new URL(source.origin);
  // Behind TLS termination the app does not know its own scheme: the origin's tells the default port.
  const own = `${origin.protocol}//${source.host}`;
  return origin.origin === source.origin && URL.canParse(own) && new URL(own).host === origin.host;
}
