import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

const NONE = ["'none'"];
const SELF = ["'self'"];
const UNUSED = [
  ...["accelerometer", "camera", "displayCapture", "geolocation", "gyroscope", "magnetometer"],
  ...["microphone", "midi", "payment", "publickeyCredentialsGet", "screenWakeLock", "usb"],
] as const;

/**
 * The headers of every answer. The policy allows what the page is built of and nothing else: no
 * inline script or style, no request to another origin, markup made by Lit's templates alone, and a
 * service worker by the one policy that names it.
 */
export function securityHeaders(publicOrigin: string | undefined): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: NONE,
      scriptSrc: SELF,
      styleSrc: SELF,
      imgSrc: ["'self'", "data:", "blob:"],
      fontSrc: SELF,
      connectSrc: SELF,
      manifestSrc: SELF,
      baseUri: NONE,
      objectSrc: NONE,
      formAction: SELF,
      frameAncestors: NONE,
      requireTrustedTypesFor: ["'script'"],
      trustedTypes: ["lit-html", "service-worker"],
    },
    xFrameOptions: "DENY",
    // Nothing here needs any of them, nor does a page that somebody might frame in.
    permissionsPolicy: {
      ...Object.fromEntries(UNUSED.map((feature) => [feature, []])),
      clipboardWrite: ["self"],
    },
    // Only where the app knows that it is served over TLS; browsers would obey it for a year.
    strictTransportSecurity: publicOrigin?.startsWith("https:")
      ? "max-age=31536000; includeSubDomains"
      : false,
  });
}
