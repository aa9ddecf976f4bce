import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (name: string) =>
  readFileSync(new URL(`../manifests/components/${name}`, import.meta.url), "utf8");

/** Each with all that it is configured by, alpha's names beside those of the older form. */
const CONFIGURATIONS = [
  ["oauth2-proxy", read("oauth2-proxy/oauth2-proxy.cfg") + read("oauth2-proxy/alpha.yaml")],
  ["ext-authz", read("ext-authz/oauth2-proxy.cfg")],
] as const;

test.each(CONFIGURATIONS)(
  "the sign-in of %s is bound to the browser that began it",
  (_, configuration) => {
    // PKCE, a nonce that is looked at, and what may have signed; the defaults have none of them.
    expect(configuration).toMatch(/code_challenge_method( =|:) "?S256"?$/m);
    expect(configuration).toMatch(/insecure_?skip_?nonce( =|:) false$|_skip_nonce = false$/im);
    expect(configuration).toMatch(/enabled_?signing_?algs( =|:) \[/i);
    expect(configuration).toMatch(/^cookie_samesite = "lax"$/m);
    expect(configuration).toMatch(/^cookie_csrf_per_request = true$/m);
    expect(configuration).not.toMatch(/^cookie_(httponly|secure) = false|^insecure_\w+ = true/m);
    expect(configuration).not.toMatch(/insecure[a-z]+: true|_skip_nonce = true/i);
    expect(configuration).not.toMatch(/allow_?unverified|ssl_insecure_skip_verify/i);
  },
);
