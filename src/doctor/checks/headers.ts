import type { Answer } from "../door.ts";
import { type Check, failed, held, notChecked } from "../outcome.ts";

type Demand = readonly [name: string, holds: (value: string) => boolean, want: string];

const SCRIPTS_OF_OTHERS = /script-src[^;]*('unsafe-inline'|'unsafe-eval'|\*|https?:|data:)/;
const PAGE_DEMANDS: readonly Demand[] = [
  [
    "content-security-policy",
    (value) =>
      /default-src 'none'/.test(value) &&
      /frame-ancestors 'none'/.test(value) &&
      /require-trusted-types-for 'script'/.test(value) &&
      !SCRIPTS_OF_OTHERS.test(value),
    "the app's own, with default-src 'none', frame-ancestors 'none' and trusted types, and no inline script",
  ],
  ["x-content-type-options", (value) => /^nosniff$/i.test(value), "nosniff"],
  ["referrer-policy", (value) => /^no-referrer$/i.test(value), "no-referrer"],
  ["cross-origin-opener-policy", (value) => /^same-origin$/i.test(value), "same-origin"],
];
const API_DEMANDS: readonly Demand[] = [
  ["cache-control", (value) => /no-store/.test(value), "no-store"],
  ["x-content-type-options", (value) => /^nosniff$/i.test(value), "nosniff"],
  ["cross-origin-resource-policy", (value) => /^same-(origin|site)$/i.test(value), "same-origin"],
];
const YEAR_SECONDS = 31_536_000;
const HSTS: Demand = [
  "strict-transport-security",
  (value) => Number(/max-age=(\d+)/i.exec(value)?.[1] ?? 0) >= YEAR_SECONDS,
  "max-age of a year",
];
const KEEP =
  "The app sends these itself (HSTS where PUBLIC_ORIGIN is https): have no proxy remove or replace them.";

/** What answers and cookies must say to browsers. */
export const HEADER_CHECKS: readonly Check[] = [
  {
    id: "page-headers",
    what: "Reads the headers of the page",
    async run({ front, signedIn, signedOutBecause, options: { url } }) {
      const answer = await front.call({
        path: "/",
        headers: [...(signedIn?.headers() ?? []), ["Accept", "text/html"]],
      });
      if (answer.status !== 200) {
        if (signedIn === undefined) return notChecked(signedOutBecause);
        return notChecked(`the page answers with ${answer.status}`);
      }
      return judge(answer, [...PAGE_DEMANDS, ...(url.protocol === "https:" ? [HSTS] : [])]);
    },
  },
  {
    id: "api-headers",
    what: "Reads the headers of an answer of the API",
    async run({ front, signedIn, signedOutBecause }) {
      if (signedIn === undefined) return notChecked(signedOutBecause);
      const answer = await front.call({ path: "/api/session", headers: signedIn.headers() });
      return judge(answer, API_DEMANDS);
    },
  },
  {
    id: "cookies",
    what: "Reads the cookies that the sign-in sets",
    async run({ front, signedIn, cookiesSeen, options: { url } }) {
      const begun = await front.call({ path: "/oauth2/start", headers: [["Accept", "text/html"]] });
      const wrong: string[] = [];
      const seen = new Map(cookiesSeen);
      for (const line of begun.setCookies) {
        const name = line.slice(0, line.indexOf("="));
        seen.set(name, line.slice(line.indexOf(";")));
      }
      for (const [name, attributes] of seen) {
        for (const [what, pattern] of [
          ["HttpOnly", /;\s*httponly/i],
          ["Secure", /;\s*secure/i],
          ["SameSite=Lax or Strict", /;\s*samesite=(lax|strict)/i],
        ] as const) {
          if (what === "Secure" && url.protocol !== "https:") continue;
          if (!pattern.test(attributes)) wrong.push(`${name} lacks ${what}`);
        }
        if (/;\s*domain=/i.test(attributes)) wrong.push(`${name} is of a whole domain`);
      }
      for (const name of new Set([...seen.keys(), ...(signedIn?.cookieNames ?? [])])) {
        if (!name.startsWith("__Host-")) wrong.push(`${name} does not begin with __Host-`);
      }
      if (seen.size === 0 && signedIn === undefined) return notChecked("no cookie was set");
      if (wrong.length === 0) return held(`${seen.size} seen, each of this host alone.`);
      return failed(
        `${wrong.join("; ")}.`,
        'In oauth2-proxy: cookie_name = "__Host-…", cookie_secure, cookie_httponly, cookie_samesite = "lax", no cookie_domains.',
      );
    },
  },
];

function judge(answer: Answer, demands: readonly Demand[]) {
  const wrong = demands.flatMap(([name, holds, want]) => {
    const value = answer.headers[name];
    if (value === undefined) return [`${name} is missing (${want})`];
    return holds(String(value)) ? [] : [`${name} is not ${want}`];
  });
  return wrong.length === 0
    ? held(`${demands.map(([name]) => name).join(", ")}: as they should be.`)
    : failed(`${wrong.join("; ")}.`, KEEP);
}
