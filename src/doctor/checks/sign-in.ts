import { createConnection } from "node:net";
import type { Deployment } from "../deployment.ts";
import type { Answer } from "../door.ts";
import { type Check, failed, held, notChecked, type Outcome } from "../outcome.ts";
import { sessionIn } from "../session.ts";

const SOMEWHERE = "https://elsewhere.invalid";
/** Paths that proxies let through without a sign-in. */
const OPEN_PATHS = [
  "/ping",
  "/ready",
  "/oauth2/start",
  "/oauth2/auth",
  "/oauth2/callback",
  "/livez",
];

/** That nobody gets in without signing in, and that no header talks the proxy into it. */
export const SIGN_IN_CHECKS: readonly Check[] = [
  {
    id: "sign-in-required",
    what: "Asks for the session, the conversations and the models, signed out",
    async run({ front }) {
      const paths = ["/api/session", "/api/conversations", "/api/models", "/api/search?q=a"];
      const open: string[] = [];
      for (const path of paths) {
        const { status, headers } = await front.call({
          path,
          headers: [["Accept", "application/json"]],
        });
        const isJson = /json/.test(headers["content-type"] ?? "");
        if (status === 200 && isJson) open.push(path);
      }
      if (open.length === 0) return held("Every one was refused.");
      return failed(
        `Answered without a sign-in: ${open.join(", ")}.`,
        "Put a proxy that signs people in before the app, or let nobody reach it but that proxy; AUTH_MODE=dev and skip_auth_routes are for no deployment.",
      );
    },
  },
  {
    id: "forwarded-uri",
    what: "Asks for the session, and says in X-Forwarded-Uri and its like that it asks for something open",
    async run({ front }) {
      const inside: string[] = [];
      const usual = await front.call({
        path: "/api/session",
        headers: [["Accept", "application/json"]],
      });
      for (const name of ["X-Forwarded-Uri", "X-Original-URL", "X-Rewrite-URL", "X-Original-URI"]) {
        for (const path of OPEN_PATHS) {
          const answer = await front.call({
            path: "/api/session",
            headers: [
              [name, path],
              ["Accept", "application/json"],
            ],
          });
          // The app's own refusal in the proxy's place: the proxy was talked into letting it pass.
          const passed = isApps(answer) && !isApps(usual);
          if (sessionIn(answer) !== undefined || passed) inside.push(`${name}: ${path}`);
        }
      }
      if (inside.length === 0) return held("Refused whatever the header said.");
      return failed(
        `The proxy let it pass for ${inside.join(", ")}.`,
        "oauth2-proxy must be 7.15.2 or newer, with reverse_proxy = false, or with trusted_proxy_ips that name your gateway alone; the gateway must set X-Forwarded-Uri itself.",
      );
    },
  },
  {
    id: "forwarded-host",
    what: "Begins a sign-in, and says in X-Forwarded-Host and its like that this is another site",
    run: ({ front }) =>
      misled(front, "/", [
        [["X-Forwarded-Host", "elsewhere.invalid"]],
        [
          ["X-Forwarded-Host", "elsewhere.invalid"],
          ["X-Forwarded-Proto", "http"],
        ],
        [["Forwarded", "host=elsewhere.invalid"]],
      ]),
  },
  {
    id: "open-redirect",
    what: "Begins and ends a sign-in with an address on another site to come back to",
    async run({ front }) {
      const rd = encodeURIComponent(SOMEWHERE);
      for (const path of [
        `/oauth2/start?rd=${rd}`,
        `/oauth2/sign_in?rd=${rd}`,
        `/oauth2/sign_out?rd=${rd}`,
        `/oauth2/sign_out?rd=${encodeURIComponent("//elsewhere.invalid")}`,
      ]) {
        const outcome = await misled(front, path, [[], [["X-Auth-Request-Redirect", SOMEWHERE]]]);
        if (outcome.verdict === "failed") return outcome;
      }
      return held("No answer led there.");
    },
  },
  {
    id: "proof-hidden",
    what: "Looks whether an answer shows a page's scripts the proof that somebody is signed in",
    async run({ front, signedIn, signedOutBecause }) {
      if (signedIn === undefined) return notChecked(signedOutBecause);
      for (const path of ["/oauth2/auth", "/oauth2/userinfo", "/api/session", "/"]) {
        const answer = await front.call({ path, headers: signedIn.headers() });
        signedIn.took(answer);
        const shown = [
          "authorization",
          "x-auth-request-access-token",
          "x-forwarded-access-token",
        ].find((name) => answer.headers[name] !== undefined);
        if (shown !== undefined) {
          return failed(
            `${path} answers with the header ${shown}.`,
            "Close /oauth2/auth to the outside (`internal` in nginx, see manifests/components/edge-nginx), and set set_authorization_header where nothing but a gateway reads the answer.",
          );
        }
      }
      return held("None does.");
    },
  },
  {
    id: "https-only",
    what: "Comes by plain HTTP",
    async run({ options: { url, via, httpPort } }) {
      if (url.protocol !== "https:") {
        return failed(
          "The address itself is plain HTTP: whoever is on the way reads cookies and answers.",
          "Serve it over TLS.",
        );
      }
      if (via !== undefined) return notChecked("--via leads past what ends TLS");
      if (httpPort !== undefined) return plain(url.hostname, httpPort);
      if (url.port !== "")
        return notChecked("HTTP has no usual port beside one that is named (--http-port)");
      return plain(url.hostname, 80);
    },
  },
];

/** Whether the app itself answered. */
function isApps({ headers }: Answer): boolean {
  return /problem\+json/.test(headers["content-type"] ?? "");
}

type Front = Deployment["front"];
type Headers = readonly (readonly [string, string])[];

async function misled(front: Front, path: string, attempts: readonly Headers[]): Promise<Outcome> {
  let redirects = 0;
  for (const headers of attempts) {
    const answer = await front.call({ path, headers: [...headers, ["Accept", "text/html"]] });
    const { location } = answer.headers;
    if (location === undefined) continue;
    redirects += 1;
    if (!leadsElsewhere(location, front.origin)) continue;
    const by = headers.map(([name]) => name).join(" and ") || path;
    return failed(
      `${by} decides where people are led: ${location.split("?")[0]}.`,
      "Fix redirect_url in oauth2-proxy and leave whitelist_domains empty; with reverse_proxy = true name your gateway in trusted_proxy_ips, and have it overwrite X-Forwarded-*.",
    );
  }
  return held(
    redirects === 0 ? "No answer was a redirect." : "What the request said changed nothing.",
  );
}

/** Whether an address, or the one in it to come back to, is on the site that was made up. */
function leadsElsewhere(location: string, origin: string): boolean {
  if (!URL.canParse(location, origin)) return false;
  const url = new URL(location, origin);
  const inner = ["redirect_uri", "rd", "redirect", "state"].map(
    (name) => url.searchParams.get(name) ?? "",
  );
  return (
    url.hostname === "elsewhere.invalid" || inner.some((text) => text.includes("elsewhere.invalid"))
  );
}

function plain(hostname: string, port: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = createConnection({ host, port });
    let said = "";
    const done = (outcome: Outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(5_000, () => done(held("Nobody answers there.")));
    socket.on("error", () => done(held("Nobody answers there.")));
    socket.once("connect", () =>
      socket.write(`GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (data) => {
      said = (said + data.toString("latin1")).slice(0, 8_192);
      if (!said.includes("\r\n\r\n")) return;
      const leads = /^HTTP\/1\.\d 30[1278]\b/.test(said) && /\nlocation: *https:/i.test(said);
      done(
        leads || /^HTTP\/1\.\d [45]/.test(said)
          ? held(leads ? "Led to https." : "Refused.")
          : failed(
              "The app, or something else, is served over plain HTTP.",
              "Redirect port 80 to https, or close it.",
            ),
      );
    });
  });
}
