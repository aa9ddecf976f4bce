import { EXPORT_FORMAT, EXPORT_VERSION } from "../../protocol/export.ts";
import type { Deployment } from "../deployment.ts";
import type { HeaderList } from "../door.ts";
import { type Check, failed, held, notChecked, type Outcome } from "../outcome.ts";
import type { SignedIn } from "../session.ts";
import { makeConversation, removeConversation } from "./same-site.ts";

const LARGE_HEAD_BYTES = 96 * 1024;
/** What a body may be shorter than its limit, so that it is within it in every way of counting. */
const MARGIN_BYTES = 1_024;
const NOTHING_TO_IMPORT = { format: EXPORT_FORMAT, version: EXPORT_VERSION, title: "doctor" };

/** That what is too large is refused, and what is not comes through. */
export const LIMIT_CHECKS: readonly Check[] = [
  {
    id: "large-head",
    what: "Sends 96 KiB of headers",
    async run({ front, signedIn, signedOutBecause, signal }) {
      if (signedIn === undefined) return notChecked(signedOutBecause);
      const padding: HeaderList = Array.from({ length: LARGE_HEAD_BYTES / 4_096 }, (_, index) => [
        `X-Padding-${index}`,
        "x".repeat(4_080),
      ]);
      const answer = await front
        .call({ path: "/api/session", headers: [...signedIn.headers(), ...padding] })
        .catch((error: unknown) => (signal.aborted ? Promise.reject(error) : undefined));
      if (answer === undefined) return held("The connection was cut.");
      // A gateway says 502 where what is behind it cut the connection.
      if (answer.status >= 400) return held(`Refused with ${answer.status}.`);
      return failed(
        `Answered with ${answer.status}.`,
        "Bound the size of heads: large_client_header_buffers in nginx, max_request_headers_kb in Envoy. The app itself takes 32 KiB.",
      );
    },
  },
  {
    id: "body-limit",
    what: "Sends a body just within the app's limit, and one beyond it",
    run: (deployment) => limit(deployment, "bodyBytes", "/api/conversations", {}, "MAX_BODY_BYTES"),
  },
  {
    id: "import-limit",
    what: "Imports a file just within the app's limit",
    run: (deployment) =>
      limit(
        deployment,
        "importBytes",
        "/api/conversations/import",
        { ...NOTHING_TO_IMPORT, createdAt: new Date().toISOString(), messages: [] },
        "MAX_IMPORT_BYTES",
      ),
  },
];

async function limit(
  { front, signedIn, signedOutBecause, signal }: Deployment,
  name: string,
  path: string,
  value: object,
  variable: string,
): Promise<Outcome> {
  if (signedIn === undefined) return notChecked(signedOutBecause);
  const bytes = signedIn.limits[name];
  if (bytes === undefined) return notChecked("the session tells no such limit");
  const send = (size: number) => post(front, signedIn, path, JSON.stringify(value).padEnd(size));
  const within = await send(bytes - MARGIN_BYTES).catch((error: unknown) =>
    signal.aborted ? Promise.reject(error) : 0,
  );
  if (typeof within === "number") {
    return failed(
      `${bytes - MARGIN_BYTES} bytes were ${within === 0 ? "cut" : `refused with ${within}`}, though the app takes ${bytes}.`,
      `Raise the proxy's limit for bodies to the app's (${variable}): client_max_body_size in nginx, proxy-body-size of ingress-nginx; or lower ${variable}.`,
    );
  }
  await removeConversation(front, signedIn, within);
  const beyond = await send(bytes + MARGIN_BYTES).catch(() => 413);
  if (typeof beyond === "number") {
    return beyond === 413
      ? held(`${bytes} bytes, as the app says.`)
      : failed(`More than ${bytes} bytes were answered with ${beyond}.`, "It should be 413.");
  }
  await removeConversation(front, signedIn, beyond);
  return failed(`More than ${bytes} bytes were taken.`, "This is the app's own limit: report it.");
}

function post(front: Deployment["front"], signedIn: SignedIn, path: string, body: string) {
  const headers: HeaderList = [
    ["Content-Type", "application/json"],
    ["Origin", front.origin],
  ];
  return makeConversation(front, signedIn, headers, body, path);
}
