import * as z from "zod/mini";
import type { Deployment } from "../deployment.ts";
import type { HeaderList } from "../door.ts";
import { type Check, failed, held, notChecked } from "../outcome.ts";
import { json, type SignedIn } from "../session.ts";

const SOMEWHERE = "https://elsewhere.invalid";
const JSON_BODY: HeaderList = [["Content-Type", "application/json"]];

/** That no other site can act for who is signed in. */
export const SAME_SITE_CHECKS: readonly Check[] = [
  {
    id: "foreign-socket",
    what: "Opens a socket as a page of another site would, signed in",
    async run({ front, signedIn, signedOutBecause }) {
      if (signedIn === undefined) return notChecked(signedOutBecause);
      for (const origin of [
        SOMEWHERE,
        "null",
        `${front.origin}.elsewhere.invalid`,
        twin(front.origin),
      ]) {
        const opened = await front.openSocket([...signedIn.headers(), ["Origin", origin]]);
        if ("status" in opened) continue;
        opened.terminate();
        return failed(
          `A socket opened for a page of ${origin}.`,
          "Set PUBLIC_ORIGIN to the address that people type; have no proxy change Origin or Host.",
        );
      }
      return held("Refused for every other site.");
    },
  },
  {
    id: "foreign-post",
    what: "Makes a conversation as a form or script of another site would, signed in",
    async run({ front, signedIn, signedOutBecause }) {
      if (signedIn === undefined) return notChecked(signedOutBecause);
      const attempts: readonly HeaderList[] = [
        [...JSON_BODY, ["Origin", SOMEWHERE]],
        [...JSON_BODY, ["Origin", SOMEWHERE], ["Sec-Fetch-Site", "cross-site"]],
        [...JSON_BODY, ["Sec-Fetch-Site", "cross-site"]],
        [...JSON_BODY, ["Sec-Fetch-Site", "same-site"], ["Origin", twin(front.origin)]],
        [
          ["Content-Type", "text/plain"],
          ["Origin", front.origin],
        ],
        [
          ["Content-Type", "application/x-www-form-urlencoded"],
          ["Origin", front.origin],
        ],
        [...JSON_BODY, ["Origin", "null"]],
      ];
      for (const headers of attempts) {
        const id = await makeConversation(front, signedIn, headers, "{}");
        if (typeof id === "number") continue;
        await removeConversation(front, signedIn, id);
        const said = headers.map((header) => header.join(": ")).join(", ");
        return failed(
          `A conversation was made by a request with ${said}.`,
          "Set PUBLIC_ORIGIN to the address that people type, and have no proxy remove Origin, Sec-Fetch-Site or Content-Type.",
        );
      }
      return held("Refused for every other site, and for every type that a form can send.");
    },
  },
  {
    id: "cors",
    what: "Asks whether scripts of other sites may read answers",
    async run({ front, signedIn }) {
      const headers = [...(signedIn?.headers() ?? []), ["Origin", SOMEWHERE] as const];
      for (const method of ["GET", "OPTIONS"]) {
        const answer = await front.call({
          path: "/api/session",
          method,
          headers: [...headers, ["Access-Control-Request-Method", "POST"]],
        });
        const allowed = answer.headers["access-control-allow-origin"];
        if (allowed === undefined || allowed === front.origin) continue;
        return failed(
          `Access-Control-Allow-Origin is ${allowed}.`,
          "The app sends no such header: take it out of the proxy or gateway.",
        );
      }
      return held("They may not.");
    },
  },
];

const Made = z.object({ id: z.string() });

/** Makes a conversation; gives its id, or the status by which that was refused. */
export async function makeConversation(
  door: Deployment["front"],
  signedIn: SignedIn,
  headers: HeaderList,
  body: string,
  path = "/api/conversations",
): Promise<string | number> {
  const answer = await door.call({
    path,
    method: "POST",
    headers: [...signedIn.headers(), ...headers],
    body,
    deadlineMs: 60_000,
  });
  signedIn.took(answer);
  return z.safeParse(Made, json(answer.body)).data?.id ?? answer.status;
}

/** Leaves nothing behind. */
export async function removeConversation(
  door: Deployment["front"],
  signedIn: SignedIn,
  id: string,
): Promise<void> {
  const headers: HeaderList = [...signedIn.headers(), ["Origin", door.origin]];
  await door.call({ path: `/api/conversations/${id}`, method: "DELETE", headers });
}

/** The same host by another scheme. */
function twin(origin: string): string {
  return origin.startsWith("https:") ? `http:${origin.slice(6)}` : `https:${origin.slice(5)}`;
}
